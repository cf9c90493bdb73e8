/** Keeps what happens for every request out of the log but for a line now and then. */

export class Sparse {
  readonly #everyMs: number;
  #nextAt = Number.NEGATIVE_INFINITY;
  #silent = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** How often it has happened since the last line, this time included; `undefined` while nothing is to be said. */
  count(now: number): number | undefined {
    this.#silent++;
    if (now < this.#nextAt) return undefined;
    this.#nextAt = now + this.#everyMs;
    const times = this.#silent;
    this.#silent = 0;
    return times;
  }
}
