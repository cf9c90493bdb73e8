/** Comfort noise: what is sent and heard while nobody speaks. RFC 3389. The spectrum is left flat. */

/** RFC 3389 §3.1: the level in -dBov, 0 (loudest) to 127. */
export function noiseLevelOf(samples: Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  if (samples.length === 0 || energy === 0) return 127;
  const level = -10 * Math.log10(energy / samples.length / 32_768 ** 2);
  return Math.max(0, Math.min(127, Math.round(level)));
}

/** The payload of a noise packet: the level alone (RFC 3389 §3: spectral information is optional). */
export function encodeComfortNoise(level: number): Uint8Array {
  return Uint8Array.of(level & 0x7f);
}

/** `undefined` for an empty payload. Spectral information is passed over (§3.3 allows fewer coefficients than are sent). */
export function decodeComfortNoise(payload: Uint8Array): number | undefined {
  const level = payload[0];
  return level === undefined ? undefined : level & 0x7f;
}

/** White noise at a level; deterministic from its seed. */
export class NoiseSource {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed | 1;
  }

  /** Fills `out` with noise of `level` -dBov. */
  fill(out: Int16Array, level: number): void {
    // A uniform distribution from -a to a has the effective value a/√3.
    const peak = level >= 127 ? 0 : Math.min(32_767, 32_768 * 10 ** (-level / 20) * Math.sqrt(3));
    for (let index = 0; index < out.length; index++) {
      this.#state ^= this.#state << 13;
      this.#state ^= this.#state >>> 17;
      this.#state ^= this.#state << 5;
      out[index] = Math.round((this.#state / 0x8000_0000) * peak);
    }
  }
}
