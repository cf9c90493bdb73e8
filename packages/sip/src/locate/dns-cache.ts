/** Answers of DNS, each question asked once at a time and remembered for as long as its records live, in bounded memory. */

import type { Clock } from "@trapezoid/base";
import type { DnsPort, DnsRecords, DnsType, LocatorCounters } from "./contract.ts";

export interface CacheTimes {
  /** For records whose time to live the resolver does not tell. Default 60,000. */
  readonly positiveMs: number;
  /** For "there is no such record". Default 10,000. */
  readonly negativeMs: number;
  /** For a question that DNS left unanswered. Default 2,000. */
  readonly failureMs: number;
  /** A time to live is taken for no less than this, or every request would wait. Default 1,000. */
  readonly leastMs: number;
  /** And for no more. Default 3,600,000. */
  readonly mostMs: number;
  /** How long old records may serve while DNS does not answer (RFC 8767). Default 3,600,000. */
  readonly staleMs: number;
}

export const defaultCacheTimes: CacheTimes = {
  positiveMs: 60_000,
  negativeMs: 10_000,
  failureMs: 2_000,
  leastMs: 1_000,
  mostMs: 3_600_000,
  staleMs: 3_600_000,
};

export interface CachedAnswer<T> {
  readonly records: readonly T[];
  readonly expiresAt: number;
  /** Why there is no answer. */
  readonly failure?: unknown;
}

export class DnsCache {
  readonly #dns: DnsPort;
  readonly #clock: Pick<Clock, "now">;
  readonly #times: CacheTimes;
  readonly #limit: number;
  readonly #counters: LocatorCounters;
  readonly #answers = new Map<string, CachedAnswer<unknown>>();
  readonly #asked = new Map<string, Promise<CachedAnswer<unknown>>>();

  constructor(dns: DnsPort, clock: Pick<Clock, "now">, times: CacheTimes, limit: number, counters: LocatorCounters) {
    this.#dns = dns;
    this.#clock = clock;
    this.#times = times;
    this.#limit = limit;
    this.#counters = counters;
  }

  /**
   * Never rejects.
   * @param goodUntil Remembered answers that do not live longer than this are asked for again.
   */
  ask<K extends DnsType>(type: K, name: string, goodUntil: number): Promise<CachedAnswer<DnsRecords[K]>> {
    const key = `${type} ${name}`;
    const known = this.#answers.get(key) as CachedAnswer<DnsRecords[K]> | undefined;
    if (known !== undefined && goodUntil < known.expiresAt) return Promise.resolve(known);
    let asked = this.#asked.get(key) as Promise<CachedAnswer<DnsRecords[K]>> | undefined;
    if (asked === undefined) {
      asked = this.#resolve(type, name, key);
      this.#asked.set(key, asked);
    }
    return asked;
  }

  clear(): void {
    this.#answers.clear();
  }

  async #resolve<K extends DnsType>(type: K, name: string, key: string): Promise<CachedAnswer<DnsRecords[K]>> {
    const times = this.#times;
    let answer: CachedAnswer<DnsRecords[K]>;
    this.#counters.questions++;
    try {
      const { records, ttlMs } = await this.#dns.resolve(type, name);
      const fallback = records.length > 0 ? times.positiveMs : times.negativeMs;
      const lifeMs = ttlMs === undefined ? fallback : Math.min(Math.max(ttlMs, times.leastMs), times.mostMs);
      answer = { records, expiresAt: this.#clock.now() + lifeMs };
    } catch (failure) {
      this.#counters.unanswered++;
      answer = { records: [], expiresAt: this.#clock.now() + times.failureMs, failure };
    }
    this.#asked.delete(key);
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    if (this.#answers.size > this.#limit) this.#answers.delete(this.#answers.keys().next().value!);
    return answer;
  }
}
