/** G.722 at 64 kbit/s: 16 kHz in two sub-bands, one octet for two samples. ITU-T G.722; RFC 3551 §4.5.2. */

import { Band, type BandShape, saturate } from "./g722-band.ts";
import {
  higherScaleSteps,
  lowerScaleSteps,
  negativeCodes,
  positiveCodes,
  q6,
  qm2,
  qm4,
  qm6,
  qmf,
} from "./g722-tables.ts";

const lower: BandShape = { scaleSteps: lowerScaleSteps, maxScale: 18_432, scaleShift: 8, initialStep: 32 };
const higher: BandShape = { scaleSteps: higherScaleSteps, maxScale: 22_528, scaleShift: 10, initialStep: 8 };
const taps = 24;

/** The last 24 samples, twice: so that a window of them is always in one piece. */
class FilterLine {
  readonly samples = new Int32Array(2 * taps);
  start = 0;

  push(first: number, second: number): void {
    const at = this.start;
    this.samples[at] = this.samples[at + taps] = first;
    this.samples[at + 1] = this.samples[at + taps + 1] = second;
    this.start = at + 2 === taps ? 0 : at + 2;
  }
}

export class G722Encoder {
  readonly #low = new Band(lower);
  readonly #high = new Band(higher);
  readonly #line = new FilterLine();

  /** An even number of samples at 16 kHz; `out` holds half as many octets. */
  encode(samples: Int16Array, out: Uint8Array): void {
    const line = this.#line;
    for (let index = 0; index + 1 < samples.length; index += 2) {
      line.push(samples[index]!, samples[index + 1]!);
      let even = 0;
      let odd = 0;
      for (let tap = 0; tap < 12; tap++) {
        odd += line.samples[line.start + 2 * tap]! * qmf[tap]!;
        even += line.samples[line.start + 2 * tap + 1]! * qmf[11 - tap]!;
      }
      const lowCode = this.#quantizeLow((even + odd) >> 14);
      const highCode = this.#quantizeHigh((even - odd) >> 14);
      out[index >> 1] = (highCode << 6) | lowCode;
    }
  }

  /** SUBTRA, QUANTL, INVQAL. */
  #quantizeLow(sample: number): number {
    const band = this.#low;
    const difference = saturate(sample - band.prediction);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    let level = 1;
    while (level < 30 && magnitude >= (q6[level]! * band.step) >> 12) level++;
    const code = difference < 0 ? negativeCodes[level]! : positiveCodes[level]!;
    // The four upper bits are what both ends adapt by: the lower two may be stolen on the way.
    const quantized = (band.step * qm4[code >> 2]!) >> 15;
    band.adaptStep(code >> 2);
    band.adaptPredictor(quantized);
    return code;
  }

  /** SUBTRA, QUANTH, INVQAH. */
  #quantizeHigh(sample: number): number {
    const band = this.#high;
    const difference = saturate(sample - band.prediction);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    const isLarge = magnitude >= (564 * band.step) >> 12;
    const code = difference < 0 ? (isLarge ? 0 : 1) : isLarge ? 2 : 3;
    const quantized = (band.step * qm2[code]!) >> 15;
    band.adaptStep(code);
    band.adaptPredictor(quantized);
    return code;
  }
}

/** LIMIT of clause 6.2.2: the sub-bands have 15 bits. */
function limit15(value: number): number {
  return value > 16_383 ? 16_383 : Math.max(value, -16_384);
}

export class G722Decoder {
  readonly #low = new Band(lower);
  readonly #high = new Band(higher);
  readonly #line = new FilterLine();

  /** `out` holds two samples at 16 kHz for each octet. */
  decode(octets: Uint8Array, out: Int16Array): void {
    const line = this.#line;
    for (let index = 0; index < octets.length; index++) {
      const octet = octets[index]!;
      const low = this.#decodeLow(octet & 0x3f);
      const high = this.#decodeHigh(octet >> 6);
      line.push(low + high, low - high);
      let first = 0;
      let second = 0;
      for (let tap = 0; tap < 12; tap++) {
        second += line.samples[line.start + 2 * tap]! * qmf[tap]!;
        first += line.samples[line.start + 2 * tap + 1]! * qmf[11 - tap]!;
      }
      out[2 * index] = saturate(first >> 11);
      out[2 * index + 1] = saturate(second >> 11);
    }
  }

  #decodeLow(code: number): number {
    const band = this.#low;
    const heard = limit15(saturate(band.prediction + ((band.step * qm6[code]!) >> 15)));
    const quantized = (band.step * qm4[code >> 2]!) >> 15;
    band.adaptStep(code >> 2);
    band.adaptPredictor(quantized);
    return heard;
  }

  #decodeHigh(code: number): number {
    const band = this.#high;
    const quantized = (band.step * qm2[code]!) >> 15;
    const heard = limit15(saturate(band.prediction + quantized));
    band.adaptStep(code);
    band.adaptPredictor(quantized);
    return heard;
  }
}
