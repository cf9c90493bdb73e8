/** One sub-band of G.722: its adaptive predictor and its adaptive scale factor. ITU-T G.722 clauses 3.5, 3.6, 6.2.1.3, 6.2.1.4. */

import { ilb } from "./g722-tables.ts";

export function saturate(value: number): number {
  return value > 32_767 ? 32_767 : Math.max(value, -32_768);
}

function sameSign(a: number, b: number): boolean {
  return a < 0 === b < 0;
}

export interface BandShape {
  readonly scaleSteps: Int32Array;
  /** The logarithmic scale factor is at most this. */
  readonly maxScale: number;
  /** Bits by which the linear scale factor is shifted. */
  readonly scaleShift: number;
  readonly initialStep: number;
}

export class Band {
  /** What is expected next. */
  prediction = 0;
  /** The linear scale factor (DET). */
  step: number;
  readonly #shape: BandShape;
  #scale = 0;
  #zeroPart = 0;
  #pole1 = 0;
  #pole2 = 0;
  #reconstructed1 = 0;
  #reconstructed2 = 0;
  #partial1 = 0;
  #partial2 = 0;
  readonly #zeros = new Int32Array(6);
  readonly #differences = new Int32Array(6);

  constructor(shape: BandShape) {
    this.#shape = shape;
    this.step = shape.initialStep;
  }

  /** LOGSCL, SCALEL and their twins: the step follows the sizes of the code words. */
  adaptStep(code: number): void {
    const { scaleSteps, maxScale, scaleShift } = this.#shape;
    const scale = ((this.#scale * 127) >> 7) + scaleSteps[code]!;
    this.#scale = scale < 0 ? 0 : Math.min(scale, maxScale);
    const mantissa = ilb[(this.#scale >> 6) & 31]!;
    const shift = scaleShift - (this.#scale >> 11);
    this.step = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
  }

  /** Block 4: takes in the quantized difference and predicts the next sample. */
  adaptPredictor(difference: number): void {
    const reconstructed = saturate(this.prediction + difference);
    const partial = saturate(this.#zeroPart + difference);
    this.#adaptPoles(partial);
    this.#adaptZeros(difference);
    this.#partial2 = this.#partial1;
    this.#partial1 = partial;
    this.#reconstructed2 = this.#reconstructed1;
    this.#reconstructed1 = reconstructed;
    const differences = this.#differences;
    differences.copyWithin(1, 0, 5);
    differences[0] = difference;
    // FILTEP, FILTEZ, PREDIC.
    const poles = saturate(
      ((this.#pole1 * saturate(2 * this.#reconstructed1)) >> 15) +
        ((this.#pole2 * saturate(2 * this.#reconstructed2)) >> 15),
    );
    let zeros = 0;
    for (let index = 0; index < 6; index++) {
      zeros += (this.#zeros[index]! * saturate(2 * differences[index]!)) >> 15;
    }
    this.#zeroPart = saturate(zeros);
    this.prediction = saturate(poles + this.#zeroPart);
  }

  /** UPPOL2, UPPOL1. */
  #adaptPoles(partial: number): void {
    const scaled = saturate(4 * this.#pole1);
    const turned = saturate(sameSign(partial, this.#partial1) ? -scaled : scaled);
    const second = (turned >> 7) + (sameSign(partial, this.#partial2) ? 128 : -128) + ((this.#pole2 * 32_512) >> 15);
    const pole2 = second > 12_288 ? 12_288 : Math.max(second, -12_288);
    const first = (sameSign(partial, this.#partial1) ? 192 : -192) + ((this.#pole1 * 32_640) >> 15);
    const bound = 15_360 - pole2;
    this.#pole1 = first > bound ? bound : Math.max(first, -bound);
    this.#pole2 = pole2;
  }

  /** UPZERO. */
  #adaptZeros(difference: number): void {
    const zeros = this.#zeros;
    const gain = difference === 0 ? 0 : 128;
    for (let index = 0; index < 6; index++) {
      const push = sameSign(difference, this.#differences[index]!) ? gain : -gain;
      zeros[index] = saturate(push + ((zeros[index]! * 32_640) >> 15));
    }
  }
}
