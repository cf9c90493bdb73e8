/** Sends back what is heard. */

import { frameSamples } from "../frame.ts";
import { SampleFifo } from "./sample-fifo.ts";
import type { Source, Tap } from "./source.ts";

const sampleRate = 16_000;

export class Echo implements Source, Tap {
  readonly sampleRate = sampleRate;
  readonly #fifo = new SampleFifo(4 * frameSamples(sampleRate));

  frame(_sent: Int16Array, heard: Int16Array): void {
    this.#fifo.write(heard);
    this.#fifo.keep(2 * frameSamples(sampleRate));
  }

  read(frame: Int16Array): boolean {
    if (!this.#fifo.read(frame)) frame.fill(0);
    return true;
  }

  [Symbol.dispose](): void {}
}
