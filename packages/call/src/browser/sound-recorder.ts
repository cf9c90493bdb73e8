/** Records a call with the browser's MediaRecorder: both sides together, or each on a channel of its own. MediaStream Recording. */

import type { Clock } from "@trapezoid/base";
import { notOnThisPlatform } from "../errors.ts";
import type { Recording, RecordOptions, RecordResult } from "../values.ts";
import { recordFailed } from "./errors.ts";
import type { BrowserPlatform } from "./platform.ts";
import type { SoundGraph } from "./sound-graph.ts";

/** In the order of preference; what no browser of today lacks all of. */
const types = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

export interface RecorderParts {
  readonly graph: SoundGraph;
  readonly platform: BrowserPlatform;
  readonly clock: Clock;
  /** What is sent, now. */
  readonly sent: MediaStreamTrack | null;
  /** It is over, however it ended. */
  onOver(recorder: SoundRecorder): void;
}

export class SoundRecorder implements Recording {
  readonly finished: Promise<RecordResult>;
  readonly #parts: RecorderParts;
  readonly #recorder: MediaRecorder;
  readonly #input: AudioNode;
  readonly #output: MediaStreamAudioDestinationNode;
  readonly #chunks: Blob[] = [];
  readonly #startedAt: number;
  readonly #limit: Disposable | undefined;
  #sent: MediaStreamAudioSourceNode | undefined;

  /** Throws a `CallError` when the browser records nothing that we know. */
  constructor(parts: RecorderParts, path: string | undefined, options: RecordOptions) {
    if (path !== undefined) throw notOnThisPlatform("recording to a file", "leave out the path: the result is a blob");
    this.#parts = parts;
    const { context, incoming } = parts.graph;
    const isDual = options.channels === "dual";
    this.#output = context.createMediaStreamDestination();
    this.#output.channelCount = isDual ? 2 : 1;
    // Left what we send, right what we hear; or both on one.
    this.#input = isDual ? context.createChannelMerger(2) : context.createGain();
    this.#input.connect(this.#output);
    incoming.connect(this.#input, 0, isDual ? 1 : 0);
    this.replaceSent(parts.sent);
    const { MediaRecorder } = parts.platform;
    const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
    try {
      this.#recorder = new MediaRecorder(this.#output.stream, mimeType === undefined ? {} : { mimeType });
      this.#recorder.ondataavailable = ({ data }) => this.#chunks.push(data);
      this.finished = this.#settled();
      this.#recorder.start();
    } catch (error) {
      this.#disconnect();
      throw recordFailed(error);
    }
    this.finished.catch(() => {});
    this.#startedAt = parts.clock.now();
    const { maxSeconds, signal } = options;
    this.#limit = maxSeconds === undefined ? undefined : parts.clock.after(maxSeconds * 1_000, () => this.#stop());
    signal?.addEventListener("abort", () => this.#stop(), { once: true });
    if (signal?.aborted) this.#stop();
  }

  stop(): Promise<RecordResult> {
    this.#stop();
    return this.finished;
  }

  /** Something else is sent now. */
  replaceSent(track: MediaStreamTrack | null): void {
    this.#sent?.disconnect();
    this.#sent = track === null ? undefined : this.#parts.graph.source(track);
    this.#sent?.connect(this.#input, 0, 0);
  }

  #stop(): void {
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  #settled(): Promise<RecordResult> {
    return new Promise((resolve, reject) => {
      this.#recorder.onerror = (event) => {
        this.#over();
        reject(recordFailed((event as ErrorEvent).error ?? "the browser's recorder failed"));
      };
      this.#recorder.onstop = () => {
        this.#over();
        const ms = this.#parts.clock.now() - this.#startedAt;
        resolve({ path: undefined, blob: new Blob(this.#chunks, { type: this.#recorder.mimeType }), ms });
      };
    });
  }

  #over(): void {
    this.#limit?.[Symbol.dispose]();
    this.#disconnect();
    this.#parts.onOver(this);
  }

  #disconnect(): void {
    const { incoming } = this.#parts.graph;
    incoming.disconnect(this.#input);
    this.#sent?.disconnect();
    this.#input.disconnect();
    for (const track of this.#output.stream.getTracks()) track.stop();
  }
}
