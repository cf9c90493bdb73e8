/**
 * Own numbers for packets of others: sequence numbers and timestamps begin anywhere and go on for ever, while gaps, order and pace
 * stay what they were, since a decoder must see what was lost. RFC 3550 §5.1.
 */

import { ReplayWindow } from "@trapezoid/rtp";

/** Numbers further apart than this are another beginning of their sender's (RFC 3550 §A.1). */
const maxJump = 3_000;

export interface Numbers {
  readonly sequence: number;
  readonly timestamp: number;
}

export class Renumbering {
  readonly #sent = new ReplayWindow();
  /** Of the own stream, past the wraps. */
  #highest: number;
  #timestamp: number;
  #ssrc: number | undefined;
  /** Last number taken in, and what it became. */
  #last: { sequence: number; index: number } | undefined;
  #timestampOffset = 0;
  #lastAt = 0;

  /** The first own numbers. */
  constructor(first: Numbers) {
    this.#highest = first.sequence - 1;
    this.#timestamp = first.timestamp;
  }

  /** Of the packet furthest on. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /**
   * Numbers for a packet; `undefined` when it was sent before or is too old to tell. Without `sequence` it is the next one.
   * `clockRate` in Hz: what passed between two streams is told by the clock.
   */
  next(
    { ssrc, sequence, timestamp }: { readonly ssrc?: number; readonly sequence?: number; readonly timestamp: number },
    clockRate: number,
    nowMs: number,
  ): Numbers | undefined {
    const last = this.#last;
    const step = last === undefined || sequence === undefined ? 1 : ((sequence - last.sequence) << 16) >> 16;
    const isNew = last === undefined || ssrc !== this.#ssrc || Math.abs(step) > maxJump;
    const index = isNew || sequence === undefined ? this.#highest + 1 : last.index + step;
    // RFC 3711 §9.1: a number that was used must not protect other octets.
    if (index < 0 || !this.#sent.isNew(index)) return undefined;
    this.#sent.accept(index);
    if (isNew) {
      const passed = last === undefined ? 0 : Math.max(1, Math.round(((nowMs - this.#lastAt) * clockRate) / 1_000));
      this.#timestampOffset = (this.#timestamp + passed - timestamp) | 0;
      this.#ssrc = ssrc;
    }
    const own = (timestamp + this.#timestampOffset) >>> 0;
    if (isNew || index > this.#highest) {
      this.#highest = index;
      this.#timestamp = own;
      this.#lastAt = nowMs;
      this.#last = { sequence: sequence ?? ((last?.sequence ?? index - 1) + 1) & 0xffff, index };
    }
    return { sequence: index & 0xffff, timestamp: own };
  }
}
