/** A request's luck: a number made from its Call-ID, so that it and its repetitions meet one fate. RFC 7339 §7.2. */

import { type SipHashKey, sipHash } from "@trapezoid/base";

/** How long one Call-ID keeps its luck: as long as its request may be repeated (64·T1, RFC 3261 §17.1.1.2). */
export const fateMs = 32_000;

/** Keyed, so that nobody can choose a Call-ID that is always let in. */
export class Fate {
  readonly #key: SipHashKey;
  #low = 0;
  #high = 0;

  constructor(key: SipHashKey) {
    this.#key = key;
  }

  /**
   * 0 up to, not including, 1. `now` in milliseconds: what comes again and again with one Call-ID, as a phone's REGISTER does, has new
   * luck after a while.
   */
  of(callId: string, now: number): number {
    const [a, b, c, d] = this.#key;
    const hash = sipHash([a, b, c, d ^ Math.floor(now / fateMs)], callId);
    this.#low = hash[0]!;
    this.#high = hash[1]!;
    return (this.#low >>> 0) / 2 ** 32;
  }

  /** A second number, independent of the one that `of` returned last. */
  get spare(): number {
    return (this.#high >>> 0) / 2 ** 32;
  }

  /** What `of` made its number from: 64 bits, in two numbers. */
  get low(): number {
    return this.#low;
  }

  get high(): number {
    return this.#high;
  }
}
