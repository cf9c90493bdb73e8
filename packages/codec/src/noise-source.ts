/** Noise of a level and a colour. RFC 3389 §3; deterministic from its seed. */

import type { ComfortNoise } from "./comfort-noise.ts";

export class NoiseSource {
  #state: number;
  /** Of the lattice filter: what each stage had a sample ago. */
  readonly #memory = new Float64Array(16);

  constructor(seed = 1) {
    this.#state = seed | 1;
  }

  /** Fills `out`; without `reflection` the noise is white. */
  fill(out: Int16Array, { level, reflection }: ComfortNoise): void {
    // A uniform distribution from -a to a has the effective value a/√3; the filter makes it louder by what its coefficients say.
    const gain = Math.sqrt(reflection.reduce((rest, k) => rest * (1 - k * k), 1));
    const peak = level >= 127 ? 0 : 32_768 * 10 ** (-level / 20) * Math.sqrt(3) * gain;
    const memory = this.#memory;
    for (let index = 0; index < out.length; index++) {
      let sample = this.#next() * peak;
      for (let stage = reflection.length; stage > 0; stage--) {
        const k = reflection[stage - 1]!;
        const before = memory[stage - 1]!;
        sample -= k * before;
        memory[stage] = k * sample + before;
      }
      memory[0] = sample;
      out[index] = Math.max(-32_768, Math.min(32_767, Math.round(sample)));
    }
  }

  /** -1 to 1. */
  #next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state / 0x8000_0000;
  }
}
