/** A call's audio for an application: frames of 20 ms to read and to write, as streams with backpressure. */

import { SampleFifo } from "./sample-fifo.ts";
import type { Source, Tap } from "./source.ts";

export interface AudioPipe {
  /** What is heard; frames of 20 ms. A reader that falls behind by `bufferMs` loses the newest. */
  readonly readable: ReadableStream<Int16Array>;
  /** What is sent; chunks of any length. A write waits while `bufferMs` of sound are ahead; nothing written is silence. */
  readonly writable: WritableStream<Int16Array>;
}

export interface AudioPipeOptions {
  /** Hz of both streams. Default 16,000. */
  readonly sampleRate?: number;
  /** Default 200. */
  readonly bufferMs?: number;
  /** Only `readable` is of use: what is played goes on. Ends when it is cancelled. */
  readonly listenOnly?: boolean;
}

export class AudioPipeEnd implements Source, Tap {
  readonly sampleRate: number;
  readonly pipe: AudioPipe;
  /** Frames that the reader was too slow for. */
  dropped = 0;
  readonly #fifo: SampleFifo;
  readonly #most: number;
  /** The reader wants no more. */
  onCancelled: (() => void) | undefined;
  #controller: ReadableStreamDefaultController<Int16Array> | undefined;
  #output: WritableStreamDefaultController | undefined;
  #resume: (() => void) | undefined;
  #ended = false;
  #closed = false;

  constructor({ sampleRate = 16_000, bufferMs = 200 }: AudioPipeOptions = {}) {
    this.sampleRate = sampleRate;
    this.#most = (sampleRate * bufferMs) / 1_000;
    this.#fifo = new SampleFifo(2 * this.#most);
    const readable = new ReadableStream<Int16Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => {
          this.#controller = undefined;
          this.onCancelled?.();
        },
      },
      { highWaterMark: Math.max(1, bufferMs / 20) },
    );
    const writable = new WritableStream<Int16Array>({
      start: (controller) => {
        this.#output = controller;
      },
      write: (samples) => this.#write(samples),
      close: () => {
        this.#ended = true;
      },
      abort: () => {
        this.#ended = true;
        this.#fifo.clear();
      },
    });
    this.pipe = { readable, writable };
  }

  /** What was written and has not been sent is left out: a caller began to speak over it. */
  flush(): void {
    this.#fifo.clear();
    this.#wake();
  }

  frame(_sent: Int16Array, heard: Int16Array): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    if ((controller.desiredSize ?? 0) <= 0) this.dropped++;
    else controller.enqueue(heard.slice());
  }

  read(frame: Int16Array): boolean {
    const { size } = this.#fifo;
    if (size < frame.length && this.#ended && size > 0) {
      frame.fill(0);
      this.#fifo.read(frame.subarray(0, size));
      return true;
    }
    if (!this.#fifo.read(frame)) {
      if (this.#ended) return false;
      frame.fill(0);
    }
    if (this.#fifo.size < this.#most) this.#wake();
    return true;
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.close();
    this.#controller = undefined;
    if (!this.#ended) this.#output?.error(new DOMException("the media session is closed", "AbortError"));
    this.#ended = true;
    this.#wake();
  }

  #write(samples: Int16Array): Promise<void> | undefined {
    if (!(samples instanceof Int16Array)) throw new TypeError("audio is written as Int16Array");
    this.#fifo.write(samples);
    if (this.#fifo.size < this.#most || this.#closed) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  #wake(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}
