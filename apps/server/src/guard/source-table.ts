/**
 * What is known of sources, in a fixed piece of memory that all threads share: how much of each limit an address (or an account)
 * has used, and until when it is known to be good. Nothing grows: whoever forges a million addresses makes them displace each other.
 *
 * A key is hashed with a secret to a set of eight records and a tag of 32 bits. A new key takes a free record of its set, else
 * the one worth least: never one that is known to be good, rather one that nothing was proved of than one that was proved and
 * misbehaved, and of these the one untouched for longest. Where all eight are good, strangers of that set share one record.
 *
 * Threads write without locks. Two that meet on one record may lose each other's last count, which no limit minds.
 *
 * ```
 *  record: 36 octets                                                     32 bits each
 *  +-----+-------+----------+----------+---------+---------+-------+-------+--------+
 *  | tag | stamp | requests | failures | garbage | dropped | bound | known | proven |
 *  +-----+-------+----------+----------+---------+---------+-------+-------+--------+
 *          ms      levels of leaky buckets (floats)           until when: seconds
 * ```
 */

import { type SipHashKey, sipHash, sipHashKey } from "@trapezoid/base";

const WAYS = 8;
const WORDS = 9;
const STAMP = 1;
/** Key of the hash, at the beginning of the memory. */
const HEADER_BYTES = 16;
/** A record untouched for so long is worth nothing, whatever it holds. */
const STALE_MS = 3_600_000;

/** Leaky buckets of a record: they run out at their rates, and rise by what happens. */
export const Level = { requests: 2, failures: 3, garbage: 4, dropped: 5 } as const;
export type Level = (typeof Level)[keyof typeof Level];

/** Until when: a registered contact lives there; it authenticated; it was shown not to be forged. */
export const Until = { bound: 6, known: 7, proven: 8 } as const;
export type Until = (typeof Until)[keyof typeof Until];

/** How fast levels run out, a second. */
export interface LeakRates {
  readonly requests: number;
  /** Requests of a source that is bound or known. */
  readonly knownRequests: number;
  readonly failures: number;
  readonly garbage: number;
  readonly dropped: number;
}

/** Memory for at least `sources` records. `random` gives the hash its key. */
export function createSourceMemory(sources: number, random: (octets: number) => Uint8Array): SharedArrayBuffer {
  const sets = 2 ** Math.ceil(Math.log2(Math.max(1, sources / WAYS)));
  const buffer = new SharedArrayBuffer(HEADER_BYTES + (sets * WAYS + 1) * WORDS * 4);
  new Uint8Array(buffer, 0, HEADER_BYTES).set(random(HEADER_BYTES));
  return buffer;
}

/** A thread's view of the table. Records are named by their place, good until the next `find`. */
export class SourceTable {
  readonly #key: SipHashKey;
  readonly #words: Uint32Array;
  readonly #levels: Float32Array;
  readonly #mask: number;
  readonly #shared: number;
  #rates: LeakRates;

  /** @param buffer What `createSourceMemory` made, here or in another thread. */
  constructor(buffer: SharedArrayBuffer, rates: LeakRates) {
    this.#key = sipHashKey(new Uint8Array(buffer, 0, HEADER_BYTES));
    this.#words = new Uint32Array(buffer, HEADER_BYTES);
    this.#levels = new Float32Array(buffer, HEADER_BYTES);
    const records = this.#words.length / WORDS - 1;
    this.#mask = records / WAYS - 1;
    this.#shared = records * WORDS;
    this.#rates = rates;
  }

  /** How many there is room for. */
  get capacity(): number {
    return (this.#mask + 1) * WAYS;
  }

  configure(rates: LeakRates): void {
    this.#rates = rates;
  }

  /** The record of a key, with its levels as they are at `now` (milliseconds); a new one when there is none. */
  find(key: string, now: number): number {
    const hash = sipHash(this.#key, key);
    const first = (hash[0]! & this.#mask) * WAYS * WORDS;
    const tag = hash[1]! >>> 0 || 1;
    const at = this.#lookUp(first, tag);
    if (at !== -1) return this.#touch(at, now);
    const made = this.#leastWorth(first, now);
    if (made === this.#shared) return this.#touch(made, now);
    this.#words.fill(0, made, made + WORDS);
    this.#words[made] = tag;
    this.#words[made + STAMP] = now % 0x1_0000_0000;
    return made;
  }

  /** The record of a key, as `find` has it; -1 when there is none. */
  peek(key: string, now: number): number {
    const hash = sipHash(this.#key, key);
    const at = this.#lookUp((hash[0]! & this.#mask) * WAYS * WORDS, hash[1]! >>> 0 || 1);
    return at === -1 ? -1 : this.#touch(at, now);
  }

  level(at: number, level: Level): number {
    return this.#levels[at + level]!;
  }

  /** Raises a level by one; returns what it is then. */
  raise(at: number, level: Level): number {
    const raised = this.#levels[at + level]! + 1;
    this.#levels[at + level] = raised;
    return raised;
  }

  /** Raises a level by one unless that takes it above `limit`. */
  take(at: number, level: Level, limit: number): boolean {
    // A limit that was lowered, or one that is lower since the source is no longer known, is waited for from where it is.
    const used = Math.min(this.#levels[at + level]!, limit);
    const fits = used + 1 <= limit;
    this.#levels[at + level] = fits ? used + 1 : used;
    return fits;
  }

  clear(at: number, level: Level): void {
    this.#levels[at + level] = 0;
  }

  is(at: number, until: Until, now: number): boolean {
    return this.#words[at + until]! > now / 1000;
  }

  /** Whether a contact lives there, or somebody authenticated from there lately. */
  isGood(at: number, now: number): boolean {
    return this.is(at, Until.bound, now) || this.is(at, Until.known, now);
  }

  /** Whether it is nobody's: what is counted there was done by any number of sources. */
  isShared(at: number): boolean {
    return at === this.#shared;
  }

  /** Never brings an end nearer. The record that strangers share is nobody's, and keeps nothing. */
  mark(at: number, until: Until, endsAt: number): void {
    const seconds = Math.min(0xffff_ffff, Math.ceil(endsAt / 1000));
    if (at !== this.#shared && seconds > this.#words[at + until]!) this.#words[at + until] = seconds;
  }

  #lookUp(first: number, tag: number): number {
    for (let at = first; at < first + WAYS * WORDS; at += WORDS) if (this.#words[at] === tag) return at;
    return -1;
  }

  /** Lets the levels run out for the time since the last touch. */
  #touch(at: number, now: number): number {
    const elapsed = this.#elapsed(at, now);
    if (elapsed <= 0) return at;
    this.#words[at + STAMP] = now % 0x1_0000_0000;
    const seconds = elapsed / 1000;
    const { requests, knownRequests, failures, garbage, dropped } = this.#rates;
    this.#leak(at + Level.requests, seconds * (this.isGood(at, now) ? knownRequests : requests));
    this.#leak(at + Level.failures, seconds * failures);
    this.#leak(at + Level.garbage, seconds * garbage);
    this.#leak(at + Level.dropped, seconds * dropped);
    return at;
  }

  #leak(word: number, amount: number): void {
    const left = this.#levels[word]! - amount;
    this.#levels[word] = Math.max(left, 0);
  }

  /** Milliseconds. The stamp has 32 bits: what seems to lie ahead is long ago, unless another thread's clock is a little ahead. */
  #elapsed(at: number, now: number): number {
    const elapsed = ((now % 0x1_0000_0000) - this.#words[at + STAMP]!) | 0;
    return elapsed < -60_000 ? STALE_MS : elapsed;
  }

  #leastWorth(first: number, now: number): number {
    let least = this.#shared;
    let leastWorth = Number.POSITIVE_INFINITY;
    for (let at = first; at < first + WAYS * WORDS; at += WORDS) {
      if (this.#words[at] === 0) return at;
      if (this.isGood(at, now)) continue;
      const idle = this.#elapsed(at, now);
      const misbehaved = this.is(at, Until.proven, now) || this.#levels[at + Level.failures]! > 0;
      const worth = idle >= STALE_MS ? 0 : (misbehaved ? 2 * STALE_MS : STALE_MS) - idle;
      if (worth >= leastWorth) continue;
      leastWorth = worth;
      least = at;
    }
    return least;
  }
}
