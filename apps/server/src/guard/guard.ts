/**
 * The firewall of one signalling thread: how often a source may begin something, whether it may try a password, and when it is
 * banned. It sees sources; whose request it is, and what becomes of it, is decided behind it.
 *
 * - *Good* is a source from which a contact is registered, or somebody authenticated within a nonce's lifetime: it has a far
 *   higher limit and is never banned.
 * - *Proven* is one that was shown not to be forged: it came over a connection, or its credentials had a nonce that was given to
 *   it. Nobody else is banned, or whoever writes a victim's address into datagrams could have the victim banned.
 */

import type { SipRequest } from "@trapezoid/sip/message";
import type { Admittance } from "@trapezoid/sip/transaction";
import type { Admission, Flow } from "@trapezoid/sip/transport";
import type { FirewallSettings } from "../config/types.ts";
import type { Registration } from "../registrar/index.ts";
import type { BanChange } from "./ban-table.ts";
import type { Offence } from "./contract.ts";
import type { ExpiryTable } from "./expiry-table.ts";
import type { Gate } from "./gate.ts";
import { Scanners } from "./scanners.ts";
import { type LeakRates, Level, type SourceTable, Until } from "./source-table.ts";

export interface GuardOptions {
  readonly settings: FirewallSettings;
  /** How long a source that authenticated is known, and one with a nonce of ours is proven. Milliseconds. */
  readonly nonceLifetimeMs: number;
  readonly gate: Gate;
  readonly sources: SourceTable;
  /** Which account lives at which source. */
  readonly residents: ExpiryTable;
  readonly isTrusted: (flow: Flow) => boolean;
  readonly now: () => number;
  /** To whoever keeps the bans. */
  readonly report: (offence: Offence) => void;
}

/** Plain numbers, read at scrape. */
export interface GuardCounters {
  /** Requests over the limit, unanswered or answered 503: of strangers, and of good sources. */
  limitedStrangers: number;
  limitedKnown: number;
  /** Requests of scanners, unanswered. */
  scanners: number;
  /** Credentials not looked at: too many wrong ones for the account, or from the source. */
  throttledSignIns: number;
  /** Sources reported to be banned. */
  offences: number;
}

/** A source that is to be banned is not heard for so long, until the ban itself has come. */
const PROVISIONAL_MS = 10_000;
const MINUTE_S = 60;

export class Guard {
  readonly counters: GuardCounters = {
    limitedStrangers: 0,
    limitedKnown: 0,
    scanners: 0,
    throttledSignIns: 0,
    offences: 0,
  };
  readonly #options: GuardOptions;
  #settings: FirewallSettings;
  #scanners: Scanners;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#scanners = new Scanners(options.settings.scanners.userAgents);
  }

  configure(settings: FirewallSettings): void {
    this.#settings = settings;
    this.#scanners = new Scanners(settings.scanners.userAgents);
    this.#options.gate.configure(settings);
    this.#options.sources.configure(leakRates(settings));
  }

  /** For the transport. */
  get admission(): Admission {
    return this.#options.gate.admission;
  }

  applyBans(change: BanChange): void {
    this.#options.gate.apply(change);
  }

  /**
   * For the transaction layer. A request with a To tag may belong to a dialog, which only the proxy can tell: it passes here,
   * and is asked about by `admitStray` when it belongs to none.
   */
  readonly admit = (request: SipRequest, flow: Flow): Admittance => {
    if (this.#isExempt(flow)) return "admit";
    if (request.method !== "REGISTER" && request.toTag !== undefined) return "admit";
    return this.#charge(request, flow);
  };

  /** A request with a To tag that belongs to no dialog of ours. */
  admitStray(request: SipRequest, flow: Flow): Admittance {
    return request.method === "REGISTER" || this.#isExempt(flow) ? "admit" : this.#charge(request, flow);
  }

  /** Whether nothing good is known of where it came from. While the firewall is off, nobody is a stranger. */
  isStranger(flow: Flow): boolean {
    if (this.#isExempt(flow)) return false;
    const { gate, sources, now } = this.#options;
    const at = now();
    const record = sources.peek(gate.keys.of(flow.remote.address), at);
    return record === -1 || !sources.isGood(record, at);
  }

  /** A message that could not be read. */
  garbage(flow: Flow): void {
    if (this.#isExempt(flow)) return;
    const { gate, sources, now } = this.#options;
    const at = now();
    const key = gate.keys.of(flow.remote.address);
    // Of forged addresses nothing is written down.
    const record = flow.reliable ? sources.find(key, at) : sources.peek(key, at);
    if (record === -1 || sources.isGood(record, at)) return;
    if (!flow.reliable && !sources.is(record, Until.proven, at)) return;
    const { garbage } = this.#settings.bans;
    if (sources.raise(record, Level.garbage) > garbage) {
      this.#offend(key, record, "garbage", `more than ${garbage} unreadable messages within a minute`);
    }
  }

  /**
   * Whether credentials for an account may be looked at: not when too many wrong ones came for it, or from this source, unless
   * the account lives there. For an account that does not exist the answer, and the way to it, is the same.
   *
   * @param isProven The credentials have a nonce that was given to this source: whoever writes the address of a phone into
   *   datagrams may not guess without end.
   */
  maySignIn(account: string, flow: Flow, isProven: boolean): boolean {
    if (this.#isExempt(flow)) return true;
    const { gate, sources, residents, now } = this.#options;
    const at = now();
    const key = gate.keys.of(flow.remote.address);
    const isThere = isProven || flow.reliable;
    if (isThere && residents.has(residence(account, key), at)) return true;
    const { failures, failuresPerAccount } = this.#settings;
    const source = sources.peek(key, at);
    const tried = sources.peek(attemptsAt(account, isThere), at);
    const ofSource = source === -1 ? 0 : sources.level(source, Level.failures);
    const ofAccount = tried === -1 ? 0 : sources.level(tried, Level.failures);
    if (!isReached(ofSource, failures) && !isReached(ofAccount, failuresPerAccount)) return true;
    this.counters.throttledSignIns++;
    return false;
  }

  /** Credentials with a nonce of ours were wrong. `isProven`: it was given to this source. */
  signInFailed(account: string, flow: Flow, isProven: boolean): void {
    if (this.#isExempt(flow)) return;
    const { gate, sources, nonceLifetimeMs, now } = this.#options;
    const at = now();
    const key = gate.keys.of(flow.remote.address);
    const isThere = isProven || flow.reliable;
    sources.raise(sources.find(attemptsAt(account, isThere), at), Level.failures);
    const record = sources.find(key, at);
    if (isThere) sources.mark(record, Until.proven, at + nonceLifetimeMs);
    const { failures, failureWindowMs } = this.#settings;
    if (!isReached(sources.raise(record, Level.failures), failures) || sources.isGood(record, at)) return;
    if (!this.#isProven(record, flow, at)) return;
    const minutes = Math.round(failureWindowMs / 6_000) / 10;
    this.#offend(
      key,
      record,
      "wrong-passwords",
      `${failures} wrong passwords within ${minutes} min, the last for ${account}`,
    );
  }

  /**
   * Credentials were right. A datagram whose nonce was given to another source says nothing of its own: with one account, anybody
   * could make any number of addresses good that way, until no stranger finds room.
   */
  signedIn(account: string, flow: Flow, isProven: boolean): void {
    if (!isProven && !flow.reliable) return;
    const { gate, sources, residents, nonceLifetimeMs, now } = this.#options;
    const at = now();
    const key = gate.keys.of(flow.remote.address);
    const record = sources.find(key, at);
    sources.mark(record, Until.known, at + nonceLifetimeMs);
    sources.mark(record, Until.proven, at + nonceLifetimeMs);
    residents.set(residence(account, key), at + nonceLifetimeMs);
  }

  /** A registration is stored: its contacts live where it came from, if it did come from there. */
  registered({ update, address }: Registration): void {
    const { gate, sources, residents } = this.#options;
    let endsAt = update.at;
    for (const { expiresAt } of update.contacts) endsAt = Math.max(endsAt, expiresAt);
    if (endsAt <= update.at) return;
    const key = gate.keys.of(address);
    const record = sources.find(key, update.at);
    if (!sources.is(record, Until.proven, update.at)) return;
    sources.mark(record, Until.bound, endsAt);
    residents.set(residence(update.aor, key), endsAt);
  }

  #charge(request: SipRequest, flow: Flow): Admittance {
    const { gate, sources, now } = this.#options;
    const settings = this.#settings;
    const at = now();
    const key = gate.keys.of(flow.remote.address);
    const record = sources.find(key, at);
    const isGood = sources.isGood(record, at);
    if (!isGood && settings.scanners.drop) {
      const sign = this.#scanners.recognize(request);
      if (sign !== undefined) {
        this.counters.scanners++;
        if (this.#isProven(record, flow, at)) this.#offend(key, record, "scanner", sign);
        return "drop";
      }
    }
    if (sources.take(record, Level.requests, isGood ? settings.knownBurst : settings.burst)) return "admit";
    const dropped = sources.raise(record, Level.dropped);
    if (isGood) this.counters.limitedKnown++;
    else this.counters.limitedStrangers++;
    if (!isGood && this.#isProven(record, flow, at) && dropped > settings.bans.dropped) {
      const over = `more than ${settings.bans.dropped} requests over the limit within a minute`;
      this.#offend(key, record, "flood", over);
      return "drop";
    }
    // Whoever is surely there is told, so that it neither repeats what it sent nor waits in vain; but not at any rate. To
    // an address that may be forged nothing is sent: it did not ask, and whoever did must not have us send.
    const isTold = isGood || flow.reliable;
    return isTold && dropped <= settings.burst ? "refuse" : "drop";
  }

  #isProven(record: number, flow: Flow, at: number): boolean {
    return flow.reliable || this.#options.sources.is(record, Until.proven, at);
  }

  #isExempt(flow: Flow): boolean {
    if (!this.#settings.enabled) return true;
    return this.#options.gate.allows(flow.remote.address) || this.#options.isTrusted(flow);
  }

  #offend(key: string, record: number, reason: Offence["reason"], detail: string): void {
    if (!this.#settings.bans.enabled) return;
    const { gate, sources, report, now } = this.#options;
    // In a table that is full, strangers are counted together: none of them is banned for what others did.
    if (sources.isShared(record)) return;
    // Sent before the ban came, and read after: a provisional ban in its place would end before it.
    if (gate.bars(key)) return;
    this.counters.offences++;
    for (const level of [Level.garbage, Level.dropped] as const) sources.clear(record, level);
    gate.apply({ set: [{ subject: key, until: now() + PROVISIONAL_MS }], lifted: [] });
    report({ subject: key, reason, detail });
  }
}

/** Whether so many have come: of the last ones a little has run out again. */
function isReached(level: number, limit: number): boolean {
  return level > limit - 1;
}

export function leakRates(settings: FirewallSettings): LeakRates {
  return {
    requests: settings.requestsPerSecond,
    knownRequests: settings.knownRequestsPerSecond,
    failures: settings.failures / (settings.failureWindowMs / 1000),
    garbage: settings.bans.garbage / MINUTE_S,
    dropped: settings.bans.dropped / MINUTE_S,
  };
}

/**
 * What wrong passwords for an account are counted by. Those whose source may be forged have a count of their own: they cost their sender
 * nothing, and would shut the account for everybody who is really there.
 */
function attemptsAt(account: string, isThere: boolean): string {
  return isThere ? account : `${account} by whom nobody knows`;
}

/** A fact: the account lives at the source. */
export function residence(account: string, key: string): string {
  return `${account} ${key}`;
}
