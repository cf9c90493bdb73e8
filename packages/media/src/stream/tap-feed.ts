/** Gives a tap its frames at the rate that it wants, whatever codecs do meanwhile. */

import { Resampler } from "@trapezoid/codec";
import { SampleFifo } from "../audio/sample-fifo.ts";
import type { Tap } from "../audio/source.ts";
import { frameSamples } from "../frame.ts";

class Lane {
  readonly frame: Int16Array;
  readonly #rate: number;
  readonly #fifo: SampleFifo;
  #resampler: Resampler | undefined;

  constructor(rate: number) {
    this.#rate = rate;
    this.frame = new Int16Array(frameSamples(rate));
    this.#fifo = new SampleFifo(this.frame.length * 3);
  }

  /** `undefined` is silence. */
  fill(samples: Int16Array | undefined, rate: number): Int16Array {
    if (samples === undefined) {
      this.frame.fill(0);
      return this.frame;
    }
    if (rate === this.#rate) return samples;
    if (this.#resampler?.from !== rate) {
      this.#resampler = new Resampler(rate, this.#rate);
      this.#fifo.clear();
    }
    this.#fifo.write(this.#resampler.process(samples));
    // The filter holds back the beginning: silence is there instead, once.
    if (!this.#fifo.read(this.frame)) this.frame.fill(0);
    return this.frame;
  }
}

export class TapFeed {
  readonly #tap: Tap;
  readonly #sent: Lane;
  readonly #heard: Lane;

  constructor(tap: Tap) {
    this.#tap = tap;
    this.#sent = new Lane(tap.sampleRate);
    this.#heard = new Lane(tap.sampleRate);
  }

  frame(sent: Int16Array | undefined, sentRate: number, heard: Int16Array | undefined, heardRate: number): void {
    this.#tap.frame(this.#sent.fill(sent, sentRate), this.#heard.fill(heard, heardRate));
  }

  dispose(): void {
    this.#tap[Symbol.dispose]();
  }
}
