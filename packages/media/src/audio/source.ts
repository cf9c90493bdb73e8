/** What is sent, and who listens: sources are pulled and taps are given a frame each 20 ms. */

import { Resampler } from "@trapezoid/codec";
import { frameSamples } from "../frame.ts";
import { SampleFifo } from "./sample-fifo.ts";

export interface Source extends Disposable {
  /** Hz. */
  readonly sampleRate: number;
  /** Fills `frame` (20 ms at its rate). False: it has ended, and `frame` is not to be used. */
  read(frame: Int16Array): boolean;
}

/** Gets each frame of both directions: what was sent, what was heard. Arrays are used again after the call. */
export interface Tap extends Disposable {
  /** Hz at which it wants both. */
  readonly sampleRate: number;
  frame(sent: Int16Array, heard: Int16Array): void;
}

/** A source at another rate. It ends with the inner one, less what the filter holds back. */
export class ResampledSource implements Source {
  readonly sampleRate: number;
  readonly #inner: Source;
  readonly #resampler: Resampler;
  readonly #frame: Int16Array;
  readonly #fifo: SampleFifo;

  constructor(inner: Source, sampleRate: number) {
    this.sampleRate = sampleRate;
    this.#inner = inner;
    this.#resampler = new Resampler(inner.sampleRate, sampleRate);
    this.#frame = new Int16Array(frameSamples(inner.sampleRate));
    this.#fifo = new SampleFifo(frameSamples(sampleRate) * 4);
  }

  read(frame: Int16Array): boolean {
    while (this.#fifo.size < frame.length) {
      if (!this.#inner.read(this.#frame)) return false;
      this.#fifo.write(this.#resampler.process(this.#frame));
    }
    return this.#fifo.read(frame);
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}

/** The source itself where the rates agree. */
export function atRate(source: Source, sampleRate: number): Source {
  return source.sampleRate === sampleRate ? source : new ResampledSource(source, sampleRate);
}

export class Silence implements Source {
  readonly sampleRate = 8_000;

  read(frame: Int16Array): boolean {
    frame.fill(0);
    return true;
  }

  [Symbol.dispose](): void {}
}
