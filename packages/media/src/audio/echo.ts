/** Sends back what is heard. */

import { frameSamples } from "../frame.ts";
import { SampleFifo } from "./sample-fifo.ts";
import type { Source, Tap } from "./source.ts";

export class Echo implements Source, Tap {
  readonly sampleRate: number;
  readonly #fifo: SampleFifo;

  /** Best at the rate of the codec: others are converted, there and back. */
  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
    this.#fifo = new SampleFifo(4 * frameSamples(sampleRate));
  }

  frame(_sent: Int16Array, heard: Int16Array): void {
    this.#fifo.write(heard);
    this.#fifo.keep(2 * frameSamples(this.sampleRate));
  }

  read(frame: Int16Array): boolean {
    if (!this.#fifo.read(frame)) frame.fill(0);
    return true;
  }

  [Symbol.dispose](): void {}
}
