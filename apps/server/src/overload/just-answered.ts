/** Requests that were turned away a moment ago: their repetitions were under way already and need no answer. RFC 3261 §17.1.1.2. */

const slots = 4096;

/** Remembers the latest few thousand by a hash; a collision forgets the older one, which costs an answer more. */
export class JustAnswered {
  readonly #forMs: number;
  readonly #hashes = new Int32Array(slots);
  readonly #at = new Float64Array(slots).fill(Number.NEGATIVE_INFINITY);

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  /** Whether a request with this hash (64 bits in two numbers) was answered within the time; if not, it is from now on. */
  seen(low: number, high: number, now: number): boolean {
    const slot = low & (slots - 1);
    if (this.#hashes[slot] === high && now - this.#at[slot]! < this.#forMs) return true;
    this.#hashes[slot] = high;
    this.#at[slot] = now;
    return false;
  }
}
