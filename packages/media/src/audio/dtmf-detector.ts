/** Finds digits in sound. ITU-T Q.24: by Goertzel's filter at the eight frequencies, with limits for level, twist and what else is there. */

import { columnHz, keypad, rowHz } from "./dtmf-tones.ts";
import type { Tap } from "./source.ts";

const sampleRate = 8_000;
/** 12.75 ms: a bin is as wide as Q.24 lets frequencies be off, and a digit of 40 ms fills two blocks. */
const blockSamples = 102;
/** A tone below this is no digit: about -35 dBm0. */
const leastAmplitude = 400;
/** Between row and column, as powers: 8 dB either way. */
const mostTwist = 6.3;
/** Of the block's energy the pair must have this share: voices have more beside it. */
const leastShare = 0.7;
/** Blocks in a row that make a digit, and that end it. */
const blocksOn = 2;
const blocksOff = 2;

const coefficients = [...rowHz, ...columnHz].map((hz) => 2 * Math.cos((2 * Math.PI * hz) / sampleRate));

export class DtmfDetector implements Tap {
  readonly sampleRate = sampleRate;
  readonly #onDigit: (digit: string) => void;
  readonly #block = new Float64Array(blockSamples);
  readonly #powers = new Float64Array(8);
  #filled = 0;
  #candidate: string | undefined;
  #seen = 0;
  #current: string | undefined;
  #missed = 0;

  constructor(onDigit: (digit: string) => void) {
    this.#onDigit = onDigit;
  }

  frame(_sent: Int16Array, heard: Int16Array): void {
    for (const sample of heard) {
      this.#block[this.#filled++] = sample;
      if (this.#filled < blockSamples) continue;
      this.#filled = 0;
      this.#step(this.#decide());
    }
  }

  [Symbol.dispose](): void {}

  /** The digit of this block, if there is one. */
  #decide(): string | undefined {
    const block = this.#block;
    let energy = 0;
    for (const sample of block) energy += sample * sample;
    if (energy < (leastAmplitude ** 2 * blockSamples) / 2) return undefined;
    for (let tone = 0; tone < 8; tone++) {
      const coefficient = coefficients[tone]!;
      let before = 0;
      let last = 0;
      for (let index = 0; index < blockSamples; index++) {
        const now = block[index]! + coefficient * last - before;
        before = last;
        last = now;
      }
      this.#powers[tone] = last * last + before * before - coefficient * last * before;
    }
    const row = this.#strongest(0);
    const column = this.#strongest(4);
    const low = this.#powers[row]!;
    const high = this.#powers[column]!;
    if (low > high * mostTwist || high > low * mostTwist) return undefined;
    // A sine of the bin's frequency has the power energy · N / 2.
    if (low + high < (leastShare * energy * blockSamples) / 2) return undefined;
    return keypad[row]![column - 4];
  }

  #strongest(from: number): number {
    let best = from;
    for (let tone = from + 1; tone < from + 4; tone++) if (this.#powers[tone]! > this.#powers[best]!) best = tone;
    return best;
  }

  #step(digit: string | undefined): void {
    if (digit !== undefined && digit === this.#current) {
      this.#missed = 0;
      return;
    }
    if (this.#current !== undefined && ++this.#missed >= blocksOff) this.#current = undefined;
    if (digit === undefined || digit !== this.#candidate) {
      this.#candidate = digit;
      this.#seen = digit === undefined ? 0 : 1;
      return;
    }
    if (++this.#seen < blocksOn || this.#current !== undefined) return;
    this.#current = digit;
    this.#missed = 0;
    this.#onDigit(digit);
  }
}
