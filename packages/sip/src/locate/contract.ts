/** Finding SIP servers: what the layers above ask, and what is asked of DNS. RFC 3263. */

import type { Uri, Via } from "../message/values.ts";
import type { Target } from "../transport/contract.ts";

/** RFC 3403. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** RFC 2782. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** `.` or empty: the service is decidedly not offered. */
  readonly target: string;
}

export interface DnsRecords {
  readonly naptr: NaptrRecord;
  readonly srv: SrvRecord;
  /** An IPv4 address. */
  readonly a: string;
  /** An IPv6 address, without brackets. */
  readonly aaaa: string;
}

export type DnsType = keyof DnsRecords;

export interface DnsAnswer<T> {
  /** Empty: there is no such name, or it has no such record. */
  readonly records: readonly T[];
  /** The least of their times to live; `undefined` where the resolver does not tell. */
  readonly ttlMs?: number;
}

/** The resolver. Names come in lower case without a trailing dot. */
export interface DnsPort {
  /** Rejects when no server gave a usable answer. Settles within a bounded time. */
  resolve<K extends DnsType>(type: K, name: string): Promise<DnsAnswer<DnsRecords[K]>>;
}

export interface LocateOptions {
  /**
   * For a request within 200 octets of the path MTU (RFC 3261 §18.1.1): each UDP target is preceded by the same address over
   * TCP, and comes last itself, for peers that refuse TCP.
   */
  readonly large?: boolean;
  /**
   * For stateless forwarding (RFC 3263 §4.4): the same text gives the same order while the records last, whatever has failed.
   * The branch of the topmost Via serves.
   */
  readonly stateless?: string;
}

/** Targets in the order in which they are to be tried; never empty. */
export type Located = readonly Target[] | Promise<readonly Target[]>;

export interface Locator {
  /**
   * Where to send a request for this URI. At once when its host is an address or the answer is cached, so that the forwarding
   * path does not wait; otherwise a promise. Never throws: what cannot be found, or is no SIP URI, is a rejected promise.
   */
  locate(uri: Uri, options?: LocateOptions): Located;
  /** Where to send a response whose connection or source address failed (RFC 3263 §5). */
  locateSentBy(via: Pick<Via, "transport" | "host" | "port">): Located;
  /**
   * The target timed out without any response, refused the connection or answered 503 (RFC 3263 §4.3): for `forMs`
   * (Retry-After; default 30 s) it comes after all others.
   */
  reportFailure(target: Target, forMs?: number): void;
  /** The target answered. */
  reportSuccess(target: Target): void;
  /** Whether a failure of this target is still remembered. */
  isDead(target: Target): boolean;
  /** Forgets every answer and every failure. */
  clear(): void;
  readonly counters: LocatorCounters;
}

/** Plain numbers, read at scrape. */
export interface LocatorCounters {
  /** Answered from the URI itself. */
  numeric: number;
  /** Answered from the cache. */
  cached: number;
  /** Answered after asking DNS. */
  resolved: number;
  /** Not found, or DNS did not answer. */
  failed: number;
  /** Questions put to DNS. */
  questions: number;
  /** Questions that DNS left unanswered. */
  unanswered: number;
  /** Answered with old records, because DNS did not answer. */
  stale: number;
  /** Refused because too many look-ups were under way. */
  refused: number;
}
