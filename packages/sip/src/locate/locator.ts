/** Finds SIP servers and remembers what it found and what failed. RFC 3263. */

import type { Clock } from "@trapezoid/base";
import type { Uri, Via } from "../message/values.ts";
import type { Target, TransportKind } from "../transport/contract.ts";
import type { DnsPort, Located, LocateOptions, Locator, LocatorCounters } from "./contract.ts";
import { DeadTargets } from "./dead-targets.ts";
import { type Destination, destinationOf, staleDestination } from "./destination.ts";
import { type CacheTimes, DnsCache, defaultCacheTimes } from "./dns-cache.ts";
import { tooManyLookups } from "./errors.ts";
import { makePlan, type PlanOptions } from "./plan.ts";
import { type Query, queryOfSentBy, queryOfUri } from "./query.ts";
import { services } from "./service.ts";
import { drawTargets, statelessTargets, tcpFirst } from "./target-order.ts";

export interface LocatorOptions {
  readonly dns: DnsPort;
  readonly clock: Pick<Clock, "now">;
  /** What we can send by, the preferred one first: the order in which transports are tried where the domain has no preference. */
  readonly transports: readonly TransportKind[];
  /** The address families that we can send by, the preferred one first. Default IPv4, IPv6. */
  readonly families?: readonly (4 | 6)[];
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
  /** How long a failed target comes last. Default 30,000. */
  readonly deadMs?: number;
  /** The most that Retry-After can ask for. Default 3,600,000. */
  readonly maxDeadMs?: number;
  readonly times?: Partial<CacheTimes>;
  readonly limits?: Partial<LocatorLimits>;
}

export interface LocatorLimits {
  /** Answers of DNS, and destinations made of them, each. Default 10,000. */
  readonly maxCached: number;
  /** Failed targets. Default 10,000. */
  readonly maxDead: number;
  /** Destinations looked up at the same time. Default 1,000. */
  readonly maxLookups: number;
  /** Records of one answer that are looked at. Default 32. */
  readonly maxRecords: number;
}

export function createLocator(options: LocatorOptions): Locator {
  return new CachingLocator(options);
}

const defaultLimits: LocatorLimits = { maxCached: 10_000, maxDead: 10_000, maxLookups: 1_000, maxRecords: 32 };

class CachingLocator implements Locator {
  readonly counters: LocatorCounters = {
    numeric: 0,
    cached: 0,
    resolved: 0,
    failed: 0,
    questions: 0,
    unanswered: 0,
    stale: 0,
    refused: 0,
  };
  readonly #clock: Pick<Clock, "now">;
  readonly #transports: readonly TransportKind[];
  readonly #random: () => number;
  readonly #deadMs: number;
  readonly #times: CacheTimes;
  readonly #limits: LocatorLimits;
  readonly #dns: DnsCache;
  readonly #dead: DeadTargets;
  readonly #planOptions: Omit<PlanOptions, "ask">;
  readonly #destinations = new Map<string, Destination>();
  readonly #underWay = new Map<string, Promise<Destination>>();

  constructor(options: LocatorOptions) {
    const { clock, transports } = options;
    if (transports.length === 0) throw new TypeError("a locator needs at least one transport");
    this.#clock = clock;
    this.#transports = transports;
    this.#random = options.random ?? Math.random;
    this.#deadMs = options.deadMs ?? 30_000;
    this.#times = { ...defaultCacheTimes, ...options.times };
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#dns = new DnsCache(options.dns, clock, this.#times, this.#limits.maxCached, this.counters);
    this.#dead = new DeadTargets(clock, options.maxDeadMs ?? 3_600_000, this.#limits.maxDead);
    this.#planOptions = {
      transports,
      families: options.families ?? [4, 6],
      maxRecords: this.#limits.maxRecords,
    };
  }

  locate(uri: Uri, options: LocateOptions = {}): Located {
    let query: Query;
    try {
      query = queryOfUri(uri, this.#transports);
    } catch (error) {
      this.counters.failed++;
      return Promise.reject(error);
    }
    return this.#find(query, options);
  }

  locateSentBy(via: Pick<Via, "transport" | "host" | "port">): Located {
    let query: Query;
    try {
      query = queryOfSentBy(via, this.#transports);
    } catch (error) {
      this.counters.failed++;
      return Promise.reject(error);
    }
    return this.#find(query, {});
  }

  reportFailure(target: Target, forMs: number = this.#deadMs): void {
    this.#dead.add(target, forMs);
  }

  reportSuccess(target: Target): void {
    this.#dead.delete(target);
  }

  isDead(target: Target): boolean {
    return this.#dead.has(target);
  }

  clear(): void {
    this.#destinations.clear();
    this.#dns.clear();
    this.#dead.clear();
  }

  #find(query: Query, options: LocateOptions): Located {
    const { kind, host, port, serverName } = query;
    if (query.numeric) {
      this.counters.numeric++;
      const service = services[kind!];
      const at = port ?? service.defaultPort;
      const target: Target = service.secure
        ? { kind: kind!, address: host, port: at, serverName }
        : { kind: kind!, address: host, port: at };
      return this.#finish([target], options);
    }
    const key = `${query.secure ? "sips" : "sip"} ${kind ?? ""} ${host} ${port ?? ""} ${serverName === host ? "" : serverName}`;
    const known = this.#destinations.get(key);
    const now = this.#clock.now();
    if (known !== undefined && now < known.expiresAt) {
      this.counters.cached++;
      if (now >= known.renewAt && !this.#underWay.has(key)) void this.#start(key, query, known, now);
      return this.#order(known, options);
    }
    const underWay = this.#underWay.get(key) ?? this.#start(key, query, known, now);
    if (underWay === undefined) {
      this.counters.refused++;
      return Promise.reject(tooManyLookups(this.#limits.maxLookups));
    }
    return underWay.then((found) => {
      this.counters.resolved++;
      return this.#order(found, options);
    });
  }

  #start(key: string, query: Query, before: Destination | undefined, now: number): Promise<Destination> | undefined {
    if (this.#underWay.size >= this.#limits.maxLookups) return undefined;
    // Renewing ahead of time asks again for whatever made the old plan end when it does.
    const goodUntil = before === undefined || before.plan.incomplete ? now : Math.max(now, before.plan.expiresAt);
    const underWay = this.#lookUp(key, query, before, goodUntil);
    this.#underWay.set(key, underWay);
    return underWay;
  }

  async #lookUp(key: string, query: Query, before: Destination | undefined, goodUntil: number): Promise<Destination> {
    try {
      const ask: PlanOptions["ask"] = (type, name) => this.#dns.ask(type, name, goodUntil);
      const plan = await makePlan(query, { ...this.#planOptions, ask });
      const now = this.#clock.now();
      const stale = plan.incomplete ? staleDestination(before, now, this.#times) : undefined;
      if (stale !== undefined) this.counters.stale++;
      const found = stale ?? destinationOf(plan, now, this.#times);
      this.#destinations.delete(key);
      this.#destinations.set(key, found);
      if (this.#destinations.size > this.#limits.maxCached) {
        this.#destinations.delete(this.#destinations.keys().next().value!);
      }
      return found;
    } finally {
      this.#underWay.delete(key);
    }
  }

  #order(destination: Destination, options: LocateOptions): Located {
    const { plan, only } = destination;
    if (plan.error !== undefined) {
      this.counters.failed++;
      return Promise.reject(plan.error);
    }
    if (options.stateless !== undefined) return this.#finish(statelessTargets(plan, options.stateless), options);
    return this.#finish(only ?? drawTargets(plan, this.#random), options);
  }

  #finish(targets: readonly Target[], options: LocateOptions): readonly Target[] {
    const ordered = options.large === true && this.#transports.includes("tcp") ? tcpFirst(targets) : targets;
    // RFC 3263 §4.4: a stateless proxy must find the same server again, dead or not.
    return options.stateless === undefined ? this.#dead.last(ordered) : ordered;
  }
}
