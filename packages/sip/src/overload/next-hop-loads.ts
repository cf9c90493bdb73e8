/** What next hops have said they can take, and what is sent there: the client's side of the loss algorithm. RFC 7339 §5.4 to §5.7, §7.2. */

import type { Clock, SipHashKey } from "@trapezoid/base";
import type { OverloadParams } from "../message/overload-params.ts";
import { Fate } from "./fate.ts";
import { spreadLoss } from "./spread.ts";

/**
 * How much a request matters, in the order in which they stay away: one that begins something, one of a dialog, one that ends a dialog
 * (§5.10.1).
 */
export const Weight = { begins: 0, continues: 1, ends: 2 } as const;
export type Weight = (typeof Weight)[keyof typeof Weight];

export interface NextHopLoadsOptions {
  readonly clock: Clock;
  /** Of the luck that decides. */
  readonly key: SipHashKey;
  /** How many next hops are remembered; the one heard of first is forgotten first. Default 1000. */
  readonly maxHops?: () => number;
  /** A next hop asks for less, after a time in which it did not. */
  readonly onLimit?: (hop: string, percent: number) => void;
}

/** Plain numbers, read at scrape. */
export interface NextHopLoadCounters {
  /** Answers that changed what is known of a hop. */
  heard: number;
  /** Answers older than what is known (§5.4). */
  stale: number;
  /** Answers that no server of the loss algorithm gives. */
  unusable: number;
  /** Requests that were kept from an overloaded hop. */
  kept: number;
  /** Hops that ask for less now. */
  readonly limiting: number;
}

interface Hop {
  sequence: number | undefined;
  percent: number;
  /** When the answer no longer holds. */
  endsAt: number;
  /** What share of each weight stays away, and how many requests of it there were lately. */
  lost: readonly number[];
  readonly seen: number[];
  spreadAt: number;
}

/** One that asks for nothing for longer than this would be heard of again before. */
const mostValidityMs = 600_000;

/** §7.2: the mix of requests is that of the last five to ten seconds. */
const memoryMs = 5_000;
const spreadMs = 250;

/**
 * A sequence number that is this much lower is no late packet but a new count: the server has begun anew (§4.4). Numbers are seconds for
 * most, and a packet is not that late: its transaction has ended by then (64·T1).
 */
const newCountBelow = 60;

export class NextHopLoads {
  readonly counters: NextHopLoadCounters;
  readonly #options: NextHopLoadsOptions;
  readonly #fate: Fate;
  readonly #hops = new Map<string, Hop>();

  constructor(options: NextHopLoadsOptions) {
    this.#options = options;
    this.#fate = new Fate(options.key);
    const limiting = (): number => this.#countLimiting();
    this.counters = {
      heard: 0,
      stale: 0,
      unusable: 0,
      kept: 0,
      get limiting() {
        return limiting();
      },
    };
  }

  /** Whether no hop has ever answered: then there is nothing to look up. */
  get isEmpty(): boolean {
    return this.#hops.size === 0;
  }

  /** Whether the hop has answered what it was asked. */
  knows(hop: string): boolean {
    return this.#hops.has(hop);
  }

  /** A response of a hop that was asked. `hop`: transport, address and port, in one writing. */
  hear(hop: string, told: OverloadParams): void {
    const { counters } = this;
    const { oc, algorithms, sequence } = told;
    // Its Via as it was sent: the hop knows nothing of overload control (§6).
    if (oc === true) return;
    // §7.1: 0 to 100; §5.1: one of those that were offered.
    if (oc > 100 || (algorithms.length > 0 && (algorithms.length > 1 || algorithms[0] !== "loss"))) {
      counters.unusable++;
      return;
    }
    const now = this.#options.clock.now();
    const known = this.#hops.get(hop);
    if (known !== undefined && sequence !== undefined && known.sequence !== undefined) {
      // §5.4: the same number says the same again, and begins no new time.
      if (sequence === known.sequence) return;
      if (sequence < known.sequence && known.sequence - sequence < newCountBelow) {
        counters.stale++;
        return;
      }
    }
    counters.heard++;
    const entry = known ?? this.#remember(hop);
    const wasLimiting = entry.percent > 0 && entry.endsAt > now;
    entry.sequence = sequence ?? entry.sequence;
    // §5.7: without time, the value means nothing.
    entry.percent = told.validityMs === 0 ? 0 : oc;
    entry.endsAt = now + Math.min(told.validityMs, mostValidityMs);
    this.#spread(entry, now);
    if (!wasLimiting && entry.percent > 0) this.#options.onLimit?.(hop, entry.percent);
  }

  /** Whether the hop asks for less now. */
  isLimiting(hop: string): boolean {
    const entry = this.#hops.get(hop);
    return entry !== undefined && entry.percent > 0 && entry.endsAt > this.#options.clock.now();
  }

  /** Whether a request may go there now; one and its repetitions get one answer. Counts those that may not. */
  mayGo(hop: string, callId: string, weight: Weight): boolean {
    const entry = this.#hops.get(hop);
    if (entry === undefined || entry.percent === 0) return true;
    const now = this.#options.clock.now();
    if (now >= entry.endsAt) {
      // §5.4: when its time is over, all is as if nothing had been said.
      entry.percent = 0;
      entry.seen.fill(0);
      return true;
    }
    entry.seen[weight]!++;
    if (now - entry.spreadAt >= spreadMs) this.#spread(entry, now);
    if (this.#fate.of(callId, now) >= entry.lost[weight]!) return true;
    this.counters.kept++;
    return false;
  }

  #remember(hop: string): Hop {
    const most = this.#options.maxHops?.() ?? 1000;
    while (this.#hops.size >= most) this.#hops.delete(this.#hops.keys().next().value!);
    const entry = { sequence: undefined, percent: 0, endsAt: 0, lost: [0, 0, 0], seen: [0, 0, 0], spreadAt: 0 };
    this.#hops.set(hop, entry);
    return entry;
  }

  #spread(entry: Hop, now: number): void {
    entry.lost = spreadLoss(entry.percent / 100, entry.seen);
    const kept = Math.exp(-Math.max(0, now - entry.spreadAt) / memoryMs);
    for (let at = 0; at < entry.seen.length; at++) entry.seen[at]! *= kept;
    entry.spreadAt = now;
  }

  #countLimiting(): number {
    const now = this.#options.clock.now();
    let count = 0;
    for (const { percent, endsAt } of this.#hops.values()) if (percent > 0 && endsAt > now) count++;
    return count;
  }
}
