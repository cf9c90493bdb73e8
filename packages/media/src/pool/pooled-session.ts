/** A session in another thread, as if it were in this one. */

import { Emitter } from "@trapezoid/base";
import type { AudioPipe, AudioPipeOptions } from "../audio/audio-pipe.ts";
import type { MediaAddress, StreamConfig } from "../config.ts";
import { sessionClosed } from "../errors.ts";
import type { RecordingOptions, RecordingResult } from "../files/recorder.ts";
import type { DialOptions, MediaEvents, MediaSession, Playable } from "../session.ts";
import type { StreamStats } from "../stream/statistics.ts";
import type { ArgumentsOf, MediaReport, OpenedSession, Operation, ResultOf } from "./contract.ts";
import type { ThreadLink } from "./thread-link.ts";

export class PooledSession implements MediaSession {
  readonly id: string;
  readonly local: MediaAddress;
  readonly events: Emitter<MediaEvents> = new Emitter<MediaEvents>();
  readonly #link: ThreadLink;
  #localRtcp: MediaAddress;
  #closed = false;

  constructor(link: ThreadLink, { id, local, localRtcp }: OpenedSession) {
    this.#link = link;
    this.id = id;
    this.local = local;
    this.#localRtcp = localRtcp;
  }

  get localRtcp(): MediaAddress {
    return this.#localRtcp;
  }

  configure(config: StreamConfig): Promise<void> {
    return this.#do("configure", config);
  }

  play(what: Playable): Promise<void> {
    return this.#do("play", what);
  }

  dial(digits: string, options: DialOptions = {}): Promise<void> {
    return this.#do("dial", digits, options);
  }

  mute(muted: boolean): Promise<void> {
    return this.#do("mute", muted);
  }

  detectTones(on: boolean): Promise<void> {
    return this.#do("detectTones", on);
  }

  record(options: RecordingOptions): Promise<number> {
    return this.#do("record", options);
  }

  stopRecording(recording: number): Promise<RecordingResult | undefined> {
    return this.#do("stopRecording", recording);
  }

  /** The streams themselves are handed over: frames go from thread to thread, with backpressure. */
  audio(options: AudioPipeOptions = {}): Promise<AudioPipe> {
    return this.#do("audio", options);
  }

  flushAudio(): Promise<void> {
    return this.#do("flushAudio");
  }

  stats(): Promise<StreamStats> {
    return this.#do("stats");
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    // A thread that has ended has closed it.
    await this.#do("close").catch(() => {});
    this.ended(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Something happened in its thread. */
  happened({ event, args }: MediaReport & { readonly type: "event" }): void {
    if (event === "closed") this.ended(undefined);
    else
      (this.events.emit as (event: keyof MediaEvents, ...args: readonly unknown[]) => void).call(
        this.events,
        event,
        ...args,
      );
  }

  /** @internal It is closed, `why` unless that was asked for. */
  ended(why: string | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.events.emit("closed", why);
    this.events.removeAll();
  }

  async #do<O extends Operation>(operation: O, ...args: ArgumentsOf<O>): Promise<ResultOf<O>> {
    if (this.#closed) throw sessionClosed(this.id);
    const { result, localRtcp } = await this.#link.call({ type: "do", session: this.id, operation, args });
    if (localRtcp !== undefined) this.#localRtcp = localRtcp;
    return result as ResultOf<O>;
  }
}
