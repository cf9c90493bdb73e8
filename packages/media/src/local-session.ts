/** A media session of this thread. */

import { Emitter } from "@trapezoid/base";
import { type AudioPipe, AudioPipeEnd, type AudioPipeOptions } from "./audio/audio-pipe.ts";
import { DtmfDetector } from "./audio/dtmf-detector.ts";
import { Echo } from "./audio/echo.ts";
import type { MixMember } from "./audio/mixer.ts";
import type { Source, Tap } from "./audio/source.ts";
import { sineSource, toneSource } from "./audio/tones.ts";
import type { MediaAddress, StreamConfig } from "./config.ts";
import { sessionClosed } from "./errors.ts";
import { openFile } from "./files/open-file.ts";
import { Recorder, type RecordingOptions, type RecordingResult } from "./files/recorder.ts";
import type { Pacer } from "./pacer.ts";
import type { DialOptions, MediaEvents, MediaSession, Playable } from "./session.ts";
import { MediaStream, type StreamParts } from "./stream/media-stream.ts";
import type { StreamStats } from "./stream/statistics.ts";
import { reportsTo } from "./stream/stream-reports.ts";

export interface LocalSessionParts extends Omit<StreamParts, "handlers"> {
  readonly id: string;
  readonly pacer: Pacer;
  /** A place in the mix of that name. */
  readonly joinMix: (group: string, sampleRate: number | undefined) => MixMember;
  readonly onClosed: () => void;
}

export class LocalSession implements MediaSession {
  readonly id: string;
  readonly events: Emitter<MediaEvents>;
  readonly #parts: LocalSessionParts;
  readonly #stream: MediaStream;
  readonly #turn: Disposable;
  readonly #recordings = new Map<number, { readonly recorder: Recorder; readonly listening: Disposable }>();
  #lastRecording = 0;
  #heardBySource: Disposable | undefined;
  #detecting: Disposable | undefined;
  #pipe: AudioPipeEnd | undefined;
  /** Counts `play`: a file that was opened for an earlier one comes too late. */
  #plays = 0;
  #closed = false;

  private constructor(parts: LocalSessionParts, stream: MediaStream, events: Emitter<MediaEvents>) {
    this.id = parts.id;
    this.#parts = parts;
    this.#stream = stream;
    this.events = events;
    this.#turn = parts.pacer.add((dueAt) => stream.frame(dueAt));
  }

  static async open(parts: LocalSessionParts): Promise<LocalSession> {
    const events = new Emitter<MediaEvents>();
    const stream = await MediaStream.open({
      ...parts,
      handlers: {
        ...reportsTo(events),
        digit: (digit) => events.emit("digit", digit, "event"),
      },
    });
    return new LocalSession(parts, stream, events);
  }

  get local(): MediaAddress {
    return this.#stream.local;
  }

  get localRtcp(): MediaAddress {
    return this.#stream.localRtcp;
  }

  get zrtpHash(): string | undefined {
    return this.#stream.zrtp?.hash;
  }

  async move(address: string | undefined): Promise<void> {
    this.#check();
    await this.#stream.move(address);
  }

  async configure(config: StreamConfig): Promise<void> {
    this.#check();
    await this.#stream.configure(config);
  }

  async play(what: Playable): Promise<void> {
    this.#check();
    const play = ++this.#plays;
    const source = await this.#open(what);
    if (this.#closed || play !== this.#plays) source?.[Symbol.dispose]();
    else this.#send(source, isTap(source) ? source : undefined);
  }

  async dial(digits: string, options: DialOptions = {}): Promise<void> {
    this.#check();
    this.#stream.outgoing.dial(digits, options);
  }

  async mute(muted: boolean): Promise<void> {
    this.#check();
    this.#stream.outgoing.muted = muted;
  }

  async detectTones(on: boolean): Promise<void> {
    this.#check();
    this.#detecting?.[Symbol.dispose]();
    this.#detecting = on
      ? this.#stream.listen(new DtmfDetector((digit) => this.events.emit("digit", digit, "tones")))
      : undefined;
  }

  async record(options: RecordingOptions): Promise<number> {
    this.#check();
    const number = ++this.#lastRecording;
    const recorder = await Recorder.open(options, (error) =>
      this.events.emit("recordingFailed", number, error.message),
    );
    if (this.#closed) await recorder.finish();
    else this.#recordings.set(number, { recorder, listening: this.#stream.listen(recorder) });
    return number;
  }

  async stopRecording(number: number): Promise<RecordingResult | undefined> {
    const recording = this.#recordings.get(number);
    this.#recordings.delete(number);
    recording?.listening[Symbol.dispose]();
    return recording?.recorder.finish();
  }

  async audio(options?: AudioPipeOptions): Promise<AudioPipe> {
    this.#check();
    const end = new AudioPipeEnd(options);
    if (options?.listenOnly === true) {
      const listening = this.#stream.listen(end);
      end.onCancelled = () => listening[Symbol.dispose]();
      return end.pipe;
    }
    this.#plays++;
    this.#send(end, end);
    this.#pipe = end;
    return end.pipe;
  }

  async flushAudio(): Promise<void> {
    this.#pipe?.flush();
  }

  async verifySas(matches: boolean): Promise<void> {
    this.#stream.zrtp?.verify(matches);
  }

  async stats(): Promise<StreamStats> {
    return this.#stream.stats();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#turn[Symbol.dispose]();
    const finished = [...this.#recordings.values()].map(({ recorder }) => recorder.finish());
    this.#recordings.clear();
    this.#stream.close();
    this.#parts.onClosed();
    await Promise.all(finished);
    this.events.emit("closed", undefined);
    this.events.removeAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(source: Source | undefined, tap: Tap | undefined): void {
    this.#heardBySource?.[Symbol.dispose]();
    this.#pipe = undefined;
    this.#stream.outgoing.play(source, () => this.#ended());
    this.#heardBySource = tap === undefined ? undefined : this.#stream.listen(tap);
  }

  #ended(): void {
    this.#heardBySource?.[Symbol.dispose]();
    this.#heardBySource = undefined;
    this.events.emit("ended");
  }

  async #open(what: Playable): Promise<Source | undefined> {
    switch (what.kind) {
      case "silence":
        return undefined;
      case "tone":
        return toneSource(what.tone, what.country);
      case "sine":
        return sineSource(what.hz, what.amplitude);
      case "file":
        return await openFile(what.path, what.loop);
      case "echo":
        return new Echo(this.#stream.outgoing.sampleRate);
      case "mix":
        return this.#parts.joinMix(what.group, what.sampleRate);
      default:
        return what satisfies never;
    }
  }

  #check(): void {
    if (this.#closed) throw sessionClosed(this.id);
  }
}

function isTap(source: Source | undefined): source is Source & Tap {
  return source !== undefined && "frame" in source;
}
