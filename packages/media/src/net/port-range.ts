/** Even ports of a range, each given out once. RFC 3550 §11: RTP on an even port, RTCP on the one above. */

export class PortRange {
  readonly from: number;
  readonly to: number;
  readonly #taken = new Set<number>();
  #last: number;

  /** Both ends belong to it. Throws `TypeError` when not a single pair fits in. */
  constructor(from: number, to: number) {
    this.from = from + (from & 1);
    this.to = to;
    if (!Number.isInteger(from) || from < 1_024 || to > 65_535 || this.from + 1 > to) {
      throw new TypeError(`media ports are a range of at least one even and odd port above 1023, not ${from} to ${to}`);
    }
    this.#last = this.to;
  }

  get pairs(): number {
    return (this.to - this.from + 1) >> 1;
  }

  get taken(): number {
    return this.#taken.size;
  }

  /** The next even port in turn: one that was just given back rests longest, since late packets of its call may still come. */
  take(): number | undefined {
    for (let tried = 0; tried < this.pairs; tried++) {
      this.#last = this.#last + 2 < this.to ? this.#last + 2 - (this.#last & 1) : this.from;
      if (this.#taken.has(this.#last)) continue;
      this.#taken.add(this.#last);
      return this.#last;
    }
    return undefined;
  }

  giveBack(port: number): void {
    this.#taken.delete(port);
  }

  /** Cut into ranges for threads; each has at least a pair, so there may be fewer than asked for. */
  split(parts: number): readonly (readonly [from: number, to: number])[] {
    const count = Math.min(parts, this.pairs);
    return Array.from({ length: count }, (_, part) => {
      const first = this.from + 2 * Math.floor((part * this.pairs) / count);
      const end = this.from + 2 * Math.floor(((part + 1) * this.pairs) / count);
      return [first, end - 1] as const;
    });
  }
}
