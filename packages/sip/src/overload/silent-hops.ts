/** Next hops that do not answer: left alone but for a request now and then, to see whether they are back. RFC 7339 §5.9. */

import type { Clock } from "@trapezoid/base";

export interface SilentHopsOptions {
  readonly clock: Clock;
  /** How many hops are remembered that did not answer lately; the one that fell silent first is forgotten first. Default 1000. */
  readonly maxHops?: () => number;
  /** A hop is left alone from now on, or has answered again. */
  readonly onChange?: (hop: string, isSilent: boolean) => void;
}

/** Plain numbers, read at scrape. */
export interface SilentHopCounters {
  /** Requests that were kept from hops that do not answer. */
  kept: number;
  /** Hops that are left alone now. */
  silent: number;
}

interface Silence {
  /** Requests in a row that nobody answered. */
  timeouts: number;
  /** The next request may go there then, and how long the one after it waits. */
  tryAt: number;
  waitMs: number;
}

/** One request may be lost, and one may run into a restart. */
const enough = 3;

const firstWaitMs = 2_000;
const longestWaitMs = 32_000;

export class SilentHops {
  readonly counters: SilentHopCounters = { kept: 0, silent: 0 };
  readonly #options: SilentHopsOptions;
  readonly #hops = new Map<string, Silence>();

  constructor(options: SilentHopsOptions) {
    this.#options = options;
  }

  /** Whether every hop has answered last time: then there is nothing to look up. */
  get isEmpty(): boolean {
    return this.#hops.size === 0;
  }

  /** A request to the hop had no answer at all until its transaction ended. */
  timedOut(hop: string): void {
    let silence = this.#hops.get(hop);
    if (silence === undefined) {
      const most = this.#options.maxHops?.() ?? 1000;
      while (this.#hops.size >= most) this.#forget(this.#hops.keys().next().value!);
      silence = { timeouts: 0, tryAt: 0, waitMs: firstWaitMs };
      this.#hops.set(hop, silence);
    }
    if (++silence.timeouts !== enough) return;
    silence.tryAt = this.#options.clock.now() + silence.waitMs;
    this.counters.silent++;
    this.#options.onChange?.(hop, true);
  }

  /** The hop has answered, whatever it said. */
  answered(hop: string): void {
    const silence = this.#hops.get(hop);
    if (silence === undefined) return;
    this.#forget(hop);
    if (silence.timeouts >= enough) this.#options.onChange?.(hop, false);
  }

  /** Whether the hop is left alone. */
  isSilent(hop: string): boolean {
    return (this.#hops.get(hop)?.timeouts ?? 0) >= enough;
  }

  /** Whether a request may go there. When it is time to see whether the hop is back, this one may. Counts those that may not. */
  mayTry(hop: string): boolean {
    const silence = this.#hops.get(hop);
    if (silence === undefined || silence.timeouts < enough) return true;
    const now = this.#options.clock.now();
    if (now < silence.tryAt) {
      this.counters.kept++;
      return false;
    }
    // An exponential back-off, so that whoever comes back is not met by all at once.
    silence.waitMs = Math.min(silence.waitMs * 2, longestWaitMs);
    silence.tryAt = now + silence.waitMs;
    return true;
  }

  #forget(hop: string): void {
    if (this.#hops.get(hop)!.timeouts >= enough) this.counters.silent--;
    this.#hops.delete(hop);
  }
}
