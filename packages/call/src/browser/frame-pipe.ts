/** The sound itself, for applications: frames of 20 ms in, samples out, by an AudioWorklet, which every browser has. */

import { Resampler } from "@trapezoid/codec";
import type { AudioOptions, CallAudio } from "../media-port.ts";
import { frameModule, frameProcessor } from "./frame-worklet.ts";
import type { BrowserPlatform } from "./platform.ts";
import type { SoundGraph } from "./sound-graph.ts";

const FRAME_MS = 20;
const defaults = { sampleRate: 16_000, bufferMs: 200 } as const;

export interface FramePipeParts {
  readonly graph: SoundGraph;
  readonly platform: BrowserPlatform;
  readonly workletUrl: string | undefined;
  /** The application writes no more. */
  onWriterOver(): void;
  /** It does not read any more either. */
  onOver(pipe: FramePipe): void;
}

interface FromWorklet {
  readonly heard?: Float32Array;
  readonly waiting?: number;
}

export class FramePipe implements CallAudio {
  readonly readable: ReadableStream<Int16Array>;
  readonly writable: WritableStream<Int16Array>;
  readonly #parts: FramePipeParts;
  readonly #node: AudioWorkletNode;
  readonly #frameSamples: number;
  readonly #fromHeard: Resampler;
  readonly #toSent: Resampler;
  /** Samples of the context that may wait. */
  readonly #mostWaiting: number;
  #frame: Int16Array;
  #filled = 0;
  #reader: ReadableStreamDefaultController<Int16Array> | undefined;
  #writer: WritableStreamDefaultController | undefined;
  #waiting = 0;
  #onRoom: (() => void) | undefined;

  /** @internal Use `openFramePipe`: the module of the worklet must be there. */
  constructor(parts: FramePipeParts, options: AudioOptions) {
    const { graph, platform } = parts;
    const { sampleRate = defaults.sampleRate, bufferMs = defaults.bufferMs, listenOnly = false } = options;
    const { context, incoming, outgoing } = graph;
    this.#parts = parts;
    this.#frameSamples = Math.round((sampleRate * FRAME_MS) / 1_000);
    this.#frame = new Int16Array(this.#frameSamples);
    this.#fromHeard = new Resampler(context.sampleRate, sampleRate);
    this.#toSent = new Resampler(sampleRate, context.sampleRate);
    this.#mostWaiting = (context.sampleRate * bufferMs) / 1_000;
    this.#node = new platform.AudioWorkletNode(context, frameProcessor, {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => this.#onWorklet(data);
    incoming.connect(this.#node);
    // Without a way out it would not run everywhere; nothing is written to one that only listens.
    this.#node.connect(outgoing);
    this.readable = new ReadableStream<Int16Array>(
      {
        start: (controller) => {
          this.#reader = controller;
        },
        cancel: () => {
          this.#reader = undefined;
          this.#lookOver();
        },
      },
      { highWaterMark: Math.max(1, Math.ceil(bufferMs / FRAME_MS)) },
    );
    this.writable = new WritableStream<Int16Array>({
      start: (controller) => {
        this.#writer = controller;
        if (listenOnly)
          controller.error(new TypeError("this audio was opened with listenOnly: nothing can be written"));
      },
      write: (chunk) => this.#write(chunk),
      close: async () => {
        await this.#drained();
        this.#endWriting();
      },
      abort: async () => {
        await this.flush();
        this.#endWriting();
      },
    });
    if (listenOnly) this.#writer = undefined;
  }

  flush(): Promise<void> {
    this.#waiting = 0;
    this.#node.port.postMessage("flush");
    this.#onRoom?.();
    return Promise.resolve();
  }

  /** The call is over. */
  close(why: Error): void {
    this.#reader?.close();
    this.#writer?.error(why);
    this.#reader = undefined;
    this.#writer = undefined;
    this.#lookOver();
    this.#waiting = 0;
    this.#onRoom?.();
  }

  #endWriting(): void {
    this.#writer = undefined;
    this.#parts.onWriterOver();
    this.#lookOver();
  }

  /** Nobody is interested in it any more. */
  #lookOver(): void {
    if (this.#reader !== undefined || this.#writer !== undefined || this.#node.port.onmessage === null) return;
    this.#node.port.postMessage("stop");
    this.#node.port.onmessage = null;
    this.#parts.graph.incoming.disconnect(this.#node);
    this.#node.disconnect();
    this.#parts.onOver(this);
  }

  #onWorklet({ heard, waiting }: FromWorklet): void {
    if (heard !== undefined) this.#deliver(this.#fromHeard.process(toInt16(heard)));
    if (waiting === undefined) return;
    this.#waiting = waiting;
    if (waiting < this.#mostWaiting) this.#onRoom?.();
  }

  #deliver(samples: Int16Array): void {
    for (const sample of samples) {
      this.#frame[this.#filled++] = sample;
      if (this.#filled < this.#frameSamples) continue;
      // A reader that falls behind loses the newest.
      if (this.#reader !== undefined && (this.#reader.desiredSize ?? 0) > 0) this.#reader.enqueue(this.#frame);
      this.#frame = new Int16Array(this.#frameSamples);
      this.#filled = 0;
    }
  }

  async #write(chunk: Int16Array): Promise<void> {
    const samples = toFloat(this.#toSent.process(chunk));
    this.#waiting += samples.length;
    this.#node.port.postMessage(samples, [samples.buffer]);
    if (this.#waiting >= this.#mostWaiting) await this.#room();
  }

  /** Resolves when so much has been played that more may come. */
  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRoom = () => {
        this.#onRoom = undefined;
        resolve();
      };
    });
  }

  async #drained(): Promise<void> {
    while (this.#waiting > 0) await this.#room();
  }
}

export async function openFramePipe(parts: FramePipeParts, options: AudioOptions): Promise<FramePipe> {
  await parts.graph.load(() => frameModule(parts.workletUrl));
  return new FramePipe(parts, options);
}

function toInt16(samples: Float32Array): Int16Array {
  const out = new Int16Array(samples.length);
  for (let at = 0; at < samples.length; at++) {
    out[at] = Math.max(-32_768, Math.min(32_767, Math.round(samples[at]! * 32_767)));
  }
  return out;
}

function toFloat(samples: Int16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(samples.length);
  for (let at = 0; at < samples.length; at++) out[at] = samples[at]! / 32_768;
  return out;
}
