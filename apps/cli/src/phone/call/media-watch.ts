/** Notices that nothing is heard in a call that is up: from its beginning, or from some moment on. */

import type { CallStatistics } from "@trapezoid/call";

export type MediaFault = "never-came" | "stopped" | "came-back";

/** How long nothing may be heard before it is told. */
export const silenceMs = 5_000;

export class MediaWatch {
  #lastPackets = 0;
  /** When something was heard last, or might first have been. */
  #heardAt: number | undefined;
  #isTold = false;

  /** Nothing is heard, though it should be. */
  get isSilent(): boolean {
    return this.#isTold;
  }

  /**
   * @param now Milliseconds.
   * @param isExpected Whether the other side should be sending: it is up, and nobody holds.
   */
  step(now: number, isExpected: boolean, statistics: CallStatistics): MediaFault | undefined {
    const { packets } = statistics.received;
    const isHeard = packets > this.#lastPackets;
    this.#lastPackets = packets;
    if (isHeard || !isExpected) {
      this.#heardAt = isExpected ? now : undefined;
      const cameBack = isHeard && this.#isTold;
      this.#isTold = false;
      return cameBack ? "came-back" : undefined;
    }
    this.#heardAt ??= now;
    if (this.#isTold || now - this.#heardAt < silenceMs) return undefined;
    this.#isTold = true;
    return packets === 0 ? "never-came" : "stopped";
  }
}
