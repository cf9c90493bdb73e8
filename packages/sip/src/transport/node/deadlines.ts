/** What a connection has to do in time, by what it has done so far: pure, on the instants that it is told. RFC 5626 §4.4.1. */

import type { CutReason } from "../contract.ts";
import type { TransportLimits, TransportTimeouts } from "./options.ts";

const minuteMs = 60_000;

export class Deadlines {
  readonly #inbound: boolean;
  /** When anything last went either way; when octets last came in. */
  usedAt: number;
  receivedAt: number;
  /** When the message that is under way began; 0 when there is none. */
  partialSince = 0;
  /** The peer has sent a whole, valid message. */
  proven = false;
  /** A peer that has not is looked at from here: when it connected, or last kept the connection alive. */
  #aliveAt: number;
  /** Since when the peer owes it to take what then waited, up to this many octets in all; 0 when nothing waits. */
  #owedSince = 0;
  #owedBytes = 0;
  #minuteFrom = 0;
  #keepAlives = 0;

  constructor(now: number, inbound: boolean) {
    this.#inbound = inbound;
    this.usedAt = now;
    this.receivedAt = now;
    this.#aliveAt = now;
  }

  /** A keep-alive of the peer; false when there are more than may be in a minute. */
  keepAlive(now: number, { keepAlivesPerMinute }: TransportLimits): boolean {
    this.#aliveAt = now;
    if (now - this.#minuteFrom >= minuteMs) {
      this.#minuteFrom = now;
      this.#keepAlives = 0;
    }
    return ++this.#keepAlives <= keepAlivesPerMinute;
  }

  /** Octets wait to be sent; true when a new deadline follows from that. */
  owes(now: number, written: number, queued: number): boolean {
    if (this.#owedSince > 0) return false;
    this.#owedSince = now;
    this.#owedBytes = written + queued;
    return true;
  }

  /** The instant of the nearest deadline. */
  next(timeouts: TransportTimeouts): number {
    let at = this.usedAt + this.#idleMs(timeouts);
    if (!this.proven && this.#inbound) at = Math.min(at, this.#aliveAt + timeouts.firstMessageMs);
    if (this.partialSince > 0) at = Math.min(at, this.partialSince + timeouts.messageMs);
    if (this.#owedSince > 0) at = Math.min(at, this.#owedSince + timeouts.stalledMs);
    return at;
  }

  /** The limit that is met now. `written`: octets that have left, ever; `queued`: those that wait. */
  overdue(now: number, timeouts: TransportTimeouts, written: number, queued: number): CutReason | undefined {
    if (this.partialSince > 0 && now - this.partialSince >= timeouts.messageMs) return "messageMs";
    if (this.#owedSince > 0) {
      if (queued === 0) this.#owedSince = 0;
      else if (written >= this.#owedBytes) {
        this.#owedSince = now;
        this.#owedBytes = written + queued;
      } else if (now - this.#owedSince >= timeouts.stalledMs) return "stalledMs";
    }
    if (!this.proven && this.#inbound && now - this.#aliveAt >= timeouts.firstMessageMs) return "firstMessageMs";
    if (now - this.usedAt < this.#idleMs(timeouts)) return undefined;
    return this.#inbound ? "inboundIdleMs" : "outboundIdleMs";
  }

  #idleMs(timeouts: TransportTimeouts): number {
    return this.#inbound ? timeouts.inboundIdleMs : timeouts.outboundIdleMs;
  }
}
