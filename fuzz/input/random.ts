/** Repeatable randomness: everything about input N of a seed follows from the two numbers. */

/** Four 32-bit words of state (Doty-Humphrey's sfc32); cheap to set up, since every input gets a new one. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, index: number) {
    this.#a = seed | 0;
    this.#b = index | 0;
    // Indices above 2^32 differ, too.
    this.#c = Math.floor(index / 0x1_0000_0000) ^ 0x9e37_79b9;
    for (let n = 0; n < 8; n++) this.word();
  }

  /** 32 bits, unsigned. */
  word(): number {
    const out = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + out) | 0;
    return out >>> 0;
  }

  /** 0 to `below - 1`; 0 when there is nothing below. */
  int(below: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * below);
  }

  chance(probability: number): boolean {
    return this.word() < probability * 0x1_0000_0000;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(from.length)]!;
  }

  /** A whole number up to `most`, small ones far more often. */
  small(most: number): number {
    let value = 0;
    while (value < most && this.chance(0.5)) value++;
    return value;
  }
}

/** The number that a seed's text stands for (FNV-1a). */
export function seedNumber(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  return hash >>> 0;
}
