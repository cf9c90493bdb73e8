/** How long packets must wait so that nearly all of them are there in time: a high percentile of how late they come. */

/** Of the histogram, milliseconds. */
const stepMs = 5;
/** Share of packets that shall be in time, leaving out those that are lost. */
const percentile = 0.98;
/** Packets after which an old one has lost most of its weight: 10 s of 20 ms. */
const memoryPackets = 500;
/** The fastest packet is looked for in the last one to two of these: long enough to meet one, short enough to follow a clock. */
const windowMs = 4_000;
const windowPackets = 50;
/** Far below where sums lose their last digits. */
const mostUnit = 2 ** 32;
/** How fast the delay may shrink: milliseconds a second. It grows at once. */
const shrinkPerSecond = 10;

export interface DelayBounds {
  readonly minMs: number;
  readonly maxMs: number;
  readonly initialMs: number;
}

export class PlayoutDelay {
  readonly #bounds: DelayBounds;
  /** Of the histogram, in units that grow with each packet: so old ones lose weight without being touched. */
  readonly #weights: Float64Array;
  #unit = 1;
  #sum = 0;
  #packets = 0;
  #target: number;
  #lastAt = 0;
  /** Fastest transit of the window before, and of this one. */
  #fastestBefore = Infinity;
  #fastest = Infinity;
  #windowAt = 0;
  #windowCount = 0;

  constructor(bounds: DelayBounds) {
    this.#bounds = bounds;
    this.#target = bounds.initialMs;
    this.#weights = new Float64Array(Math.ceil(bounds.maxMs / stepMs) + 1);
  }

  /** What a packet shall wait, counted from when the fastest of them would have come. */
  get targetMs(): number {
    return this.#target;
  }

  /** Arrival minus timestamp of the fastest packets, both in milliseconds; `Infinity` before the first. */
  get baseMs(): number {
    return Math.min(this.#fastest, this.#fastestBefore);
  }

  /** A packet came: `transitMs` is its arrival minus its timestamp. */
  packet(transitMs: number, atMs: number): void {
    // After a long pause clocks have run apart: what was fastest then says nothing now.
    if (atMs - this.#lastAt > 2 * windowMs) {
      this.#fastest = this.#fastestBefore = Infinity;
      this.#windowCount = 0;
    }
    if (this.#windowCount++ === 0) this.#windowAt = atMs;
    else if (atMs - this.#windowAt >= windowMs && this.#windowCount > windowPackets) {
      this.#fastestBefore = this.#fastest;
      this.#fastest = Infinity;
      this.#windowAt = atMs;
      this.#windowCount = 1;
    }
    if (transitMs < this.#fastest) this.#fastest = transitMs;
    this.#weigh(transitMs - this.baseMs);
    const { minMs, maxMs } = this.#bounds;
    const wanted = Math.max(minMs, Math.min(maxMs, this.#percentile()));
    const since = this.#packets === 1 ? 0 : Math.max(0, atMs - this.#lastAt);
    this.#lastAt = atMs;
    this.#target = Math.max(wanted, Math.min(this.#target, maxMs) - (since * shrinkPerSecond) / 1_000);
  }

  #weigh(lateMs: number): void {
    // The first packets count alike, later ones push the old out.
    if (this.#packets < memoryPackets) this.#packets++;
    else this.#unit *= 1 + 1 / (memoryPackets - 1);
    const weights = this.#weights;
    weights[Math.min(weights.length - 1, Math.floor(lateMs / stepMs))]! += this.#unit;
    this.#sum += this.#unit;
    if (this.#unit < mostUnit) return;
    for (let step = 0; step < weights.length; step++) weights[step]! /= mostUnit;
    this.#sum /= mostUnit;
    this.#unit /= mostUnit;
  }

  /** The upper edge of the step that it falls into. */
  #percentile(): number {
    const weights = this.#weights;
    let above = (1 - percentile) * this.#sum;
    let step = weights.length - 1;
    for (; step > 0; step--) {
      above -= weights[step]!;
      if (above < 0) break;
    }
    return (step + 1) * stepMs;
  }
}
