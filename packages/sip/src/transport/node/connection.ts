/** What TCP, TLS, WS and WSS connections share: identity, limits, deadlines, closing. RFC 3261 §18, RFC 5626 §4.4.1. */

import { TimerNode, type TrapezoidError } from "@trapezoid/base";
import type { Endpoint, Flow, GarbageReason, TransportKind } from "../contract.ts";
import { connectionLost } from "../errors.ts";
import type { Advertised } from "./advertise.ts";
import type { TransportCore } from "./core.ts";
import { receivedChannel, sentChannel } from "./trace.ts";

export interface ConnectionParts {
  readonly kind: TransportKind;
  readonly id: string;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly advertised: Advertised;
  /** A peer opened it. */
  readonly inbound: boolean;
  readonly peerNames: readonly string[];
  readonly indirect: boolean;
  /** The name that we checked the peer's certificate for. */
  readonly serverName?: string | undefined;
  /** Called once, when the connection is no longer to be used. */
  readonly onGone: (connection: Connection) => void;
}

/** One timer serves all deadlines of a connection: it is armed for the nearest, and what is due then is found by looking. */
export abstract class Connection extends TimerNode implements Flow {
  readonly kind: TransportKind;
  readonly id: string;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly advertised: Advertised;
  readonly inbound: boolean;
  readonly peerNames: readonly string[];
  readonly indirect: boolean;
  readonly serverName: string | undefined;
  protected readonly core: TransportCore;
  /** When octets last came in; when anything last went either way. */
  protected receivedAt: number;
  #usedAt: number;
  #hasMessage = false;
  #stalledAt = 0;
  #stalledBytes = 0;
  #closed = false;
  #listeners: Set<() => void> | undefined;
  readonly #onGone: (connection: Connection) => void;

  constructor(core: TransportCore, parts: ConnectionParts) {
    super();
    this.core = core;
    this.kind = parts.kind;
    this.id = parts.id;
    this.local = parts.local;
    this.remote = parts.remote;
    this.advertised = parts.advertised;
    this.inbound = parts.inbound;
    this.peerNames = parts.peerNames;
    this.indirect = parts.indirect;
    this.serverName = parts.serverName;
    this.#onGone = parts.onGone;
    this.#usedAt = core.wheel.now();
    this.receivedAt = this.#usedAt;
    core.counters.connectionsOpened++;
    core.counters.connections++;
  }

  get reliable(): boolean {
    return true;
  }

  get secure(): boolean {
    return this.kind === "tls" || this.kind === "wss";
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Octets that wait to be sent. */
  protected abstract get queuedBytes(): number;
  /** Octets that have left, ever: tells a slow peer from a dead one. */
  protected abstract get writtenBytes(): number;
  protected abstract write(message: string | Uint8Array): void;
  /** Lets queued octets leave, then ends. */
  protected abstract end(): void;
  /** Ends now. */
  protected abstract destroy(): void;

  /** When the message that is under way began; 0 when there is none. */
  protected get partialSince(): number {
    return 0;
  }

  /** Milliseconds until the subclass wants `probe` called. */
  protected probeIn(_now: number): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Asks the peer whether it is there; `false` when it has not answered in time. */
  protected probe(_now: number): boolean {
    return true;
  }

  send(message: string | Uint8Array): boolean {
    if (this.#closed) return false;
    const { counters, limits, wheel } = this.core;
    const size = message.length;
    const queued = this.queuedBytes;
    if (queued > 0 && queued + size > limits.maxQueueBytes) {
      counters.queueFull++;
      return false;
    }
    this.#usedAt = wheel.now();
    this.write(message);
    if (typeof message === "string") counters.sent++;
    counters.sentBytes += size;
    if (sentChannel.hasSubscribers) sentChannel.publish({ message, flow: this });
    if (this.#stalledAt === 0 && this.queuedBytes > 0) {
      this.#stalledAt = this.#usedAt;
      this.#stalledBytes = this.writtenBytes;
      this.schedule();
    }
    return true;
  }

  onClose(listener: () => void): Disposable {
    this.#listeners ??= new Set();
    const listeners = this.#listeners;
    listeners.add(listener);
    return { [Symbol.dispose]: () => listeners.delete(listener) };
  }

  /** Not to be used any more; what is queued may still leave. */
  close(): void {
    if (this.#closed) return;
    this.#gone();
    this.end();
    // Armed again after `#gone`: the peer has this long to take what is queued.
    this.core.wheel.arm(this, this.core.timeouts.closeMs);
  }

  /** Ends the connection at once; tells `onSendError` when octets were waiting. */
  fail(error: Error): void {
    const lost = !this.#closed && this.queuedBytes > 0;
    this.#gone();
    this.core.wheel.cancel(this);
    this.destroy();
    if (lost) {
      this.core.counters.sendErrors++;
      this.core.handler.onSendError?.(error, this);
    }
  }

  override onTimer(): void {
    if (this.#closed) {
      this.destroy();
      return;
    }
    const now = this.core.wheel.now();
    const overdue = this.#overdue(now);
    if (overdue instanceof Error) this.fail(overdue);
    else if (overdue === true) this.close();
    else if (!this.probe(now)) this.fail(connectionLost("the peer does not answer pings"));
    else this.schedule();
  }

  /** Octets came in. */
  protected touch(bytes: number): void {
    this.core.counters.receivedBytes += bytes;
    this.#usedAt = this.core.wheel.now();
    this.receivedAt = this.#usedAt;
  }

  /** The peer gave a sign of life that is no use of the connection. */
  protected heard(): void {
    this.receivedAt = this.core.wheel.now();
  }

  protected deliver(text: string): void {
    const { counters, handler } = this.core;
    this.#hasMessage = true;
    counters.received++;
    if (receivedChannel.hasSubscribers) receivedChannel.publish({ message: text, flow: this });
    handler.onMessage(text, this);
  }

  protected garbage(reason: GarbageReason, head?: string): void {
    this.core.counters.garbage[reason]++;
    this.core.handler.onGarbage?.(reason, this, head);
  }

  /** The peer ended it, or it broke; the socket is closed or about to be. */
  protected ended(cause: Error | undefined): void {
    const error = connectionLost.from(cause, cause?.message ?? "the peer closed it");
    if (this.#closed) this.core.wheel.cancel(this);
    else this.fail(error);
  }

  /** Arms the timer for the nearest deadline. */
  protected schedule(): void {
    if (this.#closed) return;
    const { timeouts, wheel } = this.core;
    const now = wheel.now();
    let at = this.#usedAt + this.#idleMs;
    if (this.partialSince > 0) at = Math.min(at, this.partialSince + timeouts.messageMs);
    if (this.#stalledAt > 0) at = Math.min(at, this.#stalledAt + timeouts.stalledMs);
    wheel.arm(this, Math.max(0, Math.min(at - now, this.probeIn(now))));
  }

  /** An error to fail with, `true` for a quiet end, `undefined` when nothing is due. */
  #overdue(now: number): TrapezoidError | true | undefined {
    const { timeouts } = this.core;
    if (this.partialSince > 0 && now - this.partialSince >= timeouts.messageMs) {
      this.garbage("incomplete");
      return connectionLost(`a message was not complete after ${timeouts.messageMs} ms`);
    }
    if (this.#stalledAt > 0) {
      const written = this.writtenBytes;
      if (this.queuedBytes === 0) this.#stalledAt = 0;
      else if (written !== this.#stalledBytes) {
        this.#stalledAt = now;
        this.#stalledBytes = written;
      } else if (now - this.#stalledAt >= timeouts.stalledMs) {
        return connectionLost(`the peer took nothing for ${timeouts.stalledMs} ms`);
      }
    }
    return now - this.#usedAt >= this.#idleMs ? true : undefined;
  }

  /** How long it may lie idle. */
  get #idleMs(): number {
    const { firstMessageMs, inboundIdleMs, outboundIdleMs } = this.core.timeouts;
    if (!this.inbound) return outboundIdleMs;
    return this.#hasMessage ? inboundIdleMs : Math.min(firstMessageMs, inboundIdleMs);
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { counters } = this.core;
    counters.connectionsClosed++;
    counters.connections--;
    this.#onGone(this);
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of [...listeners]) listener();
  }
}
