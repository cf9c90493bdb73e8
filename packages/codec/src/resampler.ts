/** Changes the sample rate of a stream: a polyphase filter of a windowed sinc, its state kept between calls. */

/** Zero crossings of the sinc to each side: longer is steeper and dearer. */
const zeroCrossings = 16;
/** Kaiser window: about 80 dB of stop band. */
const kaiserBeta = 8;
/** Share of the band that passes; the rest is the slope. */
const passBand = 0.92;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Modified Bessel function of order zero, by its series. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

interface Bank {
  readonly up: number;
  readonly down: number;
  readonly taps: number;
  /** `up` phases of `taps` coefficients, in the order in which samples are stored. */
  readonly phases: readonly Float32Array[];
}

function designBank(from: number, to: number): Bank {
  const divisor = greatestCommonDivisor(from, to);
  const up = to / divisor;
  const down = from / divisor;
  // In units of the input's rate: the lower of both bands must hold.
  const cutoff = passBand * Math.min(1, to / from);
  const halfWidth = zeroCrossings / Math.min(1, to / from);
  const taps = Math.ceil(halfWidth) * 2;
  const phases = Array.from({ length: up }, (_, phase) => {
    const coefficients = new Float32Array(taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap - taps / 2 + 1 - phase / up;
      const x = Math.PI * cutoff * distance;
      const sinc = distance === 0 ? cutoff : (cutoff * Math.sin(x)) / x;
      const position = distance / halfWidth;
      const window =
        Math.abs(position) >= 1 ? 0 : bessel0(kaiserBeta * Math.sqrt(1 - position * position)) / bessel0(kaiserBeta);
      coefficients[tap] = sinc * window;
      sum += coefficients[tap]!;
    }
    // Each phase passes a constant unchanged.
    for (let tap = 0; tap < taps; tap++) coefficients[tap]! /= sum;
    return coefficients;
  });
  return { up, down, taps, phases };
}

/** Rates from 1 to 192,000 Hz. Throws `TypeError` for others. One for each stream and channel. */
export class Resampler {
  readonly from: number;
  readonly to: number;
  readonly #bank: Bank;
  /** Samples that are still needed, then new ones. */
  #line: Float32Array;
  #filled: number;
  /** Of the next output, in steps of 1/up of an input sample after the line's first one. */
  #position = 0;

  constructor(from: number, to: number) {
    for (const rate of [from, to]) {
      if (!Number.isInteger(rate) || rate < 1 || rate > 192_000) throw new TypeError(`${rate} is no sample rate`);
    }
    this.from = from;
    this.to = to;
    this.#bank = designBank(from, to);
    // Half a filter of silence before the first sample: the output is late by as much.
    this.#line = new Float32Array(this.#bank.taps + 4_096);
    this.#filled = this.#bank.taps / 2;
  }

  /** How late the output is, in milliseconds. */
  get delayMs(): number {
    return this.from === this.to ? 0 : (this.#bank.taps * 500) / this.from;
  }

  /** As many samples as are due; over time `to / from` for each that goes in. The same array comes back for equal rates. */
  process(samples: Int16Array): Int16Array {
    if (this.from === this.to) return samples;
    const { up, down, taps, phases } = this.#bank;
    this.#append(samples);
    const line = this.#line;
    const available = this.#filled - taps;
    const count = available < 0 ? 0 : Math.max(0, Math.floor((available * up + up - 1 - this.#position) / down) + 1);
    const out = new Int16Array(count);
    let position = this.#position;
    let produced = 0;
    for (; produced < count; produced++) {
      const at = Math.floor(position / up);
      if (at > available) break;
      const coefficients = phases[position - at * up]!;
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += coefficients[tap]! * line[at + tap]!;
      out[produced] = sum > 32_767 ? 32_767 : sum < -32_768 ? -32_768 : Math.round(sum);
      position += down;
    }
    const consumed = Math.min(Math.floor(position / up), this.#filled);
    line.copyWithin(0, consumed, this.#filled);
    this.#filled -= consumed;
    this.#position = position - consumed * up;
    return produced === count ? out : out.subarray(0, produced);
  }

  #append(samples: Int16Array): void {
    const needed = this.#filled + samples.length;
    if (needed > this.#line.length) {
      const larger = new Float32Array(needed * 2);
      larger.set(this.#line.subarray(0, this.#filled));
      this.#line = larger;
    }
    this.#line.set(samples, this.#filled);
    this.#filled = needed;
  }
}
