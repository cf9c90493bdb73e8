/** What TCP, TLS, WS and WSS connections share: identity, limits, deadlines, closing. RFC 3261 §18, RFC 5626 §4.4.1. */

import { TimerNode } from "@trapezoid/base";
import { parseMessage } from "../../message/message.ts";
import type { CutReason, Endpoint, Flow, GarbageReason, TransportKind } from "../contract.ts";
import { connectionLost, limitReached } from "../errors.ts";
import type { Advertised } from "./advertise.ts";
import type { TransportCore } from "./core.ts";
import { Deadlines } from "./deadlines.ts";
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
  readonly alias: boolean;
  /** Called once, when the peer has sent a whole, valid message. */
  readonly onProven: () => void;
  /** Called once, when somebody has said that the peer is known. */
  readonly onVouched: () => void;
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
  readonly alias: boolean;
  protected readonly core: TransportCore;
  protected readonly deadlines: Deadlines;
  #isPaused = false;
  #isLeaving = false;
  #closed = false;
  #listeners: Set<() => void> | undefined;
  readonly #onProven: () => void;
  #onVouched: (() => void) | undefined;
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
    this.alias = parts.alias;
    this.#onProven = parts.onProven;
    this.#onVouched = parts.onVouched;
    this.#onGone = parts.onGone;
    this.deadlines = new Deadlines(core.wheel.now(), parts.inbound);
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

  /** Whether octets of the peer are read. */
  protected abstract read(on: boolean): void;

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
    const now = wheel.now();
    this.deadlines.usedAt = now;
    this.write(message);
    if (typeof message === "string") counters.sent++;
    counters.sentBytes += size;
    if (sentChannel.hasSubscribers) sentChannel.publish({ message, flow: this });
    const waiting = this.queuedBytes;
    if (waiting > 0) this.#onWaiting(now, waiting);
    return true;
  }

  vouch(): void {
    this.#onVouched?.();
    this.#onVouched = undefined;
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

  /** No more is read. A peer that has sent sound requests before gets as long for their answers as for queued octets. */
  protected closeSoon(): void {
    if (!this.deadlines.proven) this.close();
    if (this.#closed) return;
    this.#isLeaving = true;
    this.core.wheel.arm(this, this.core.timeouts.closeMs);
  }

  protected get isLeaving(): boolean {
    return this.#isLeaving;
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
    if (this.#isLeaving) {
      this.close();
      return;
    }
    const now = this.core.wheel.now();
    const limit = this.deadlines.overdue(now, this.core.timeouts, this.writtenBytes, this.queuedBytes);
    if (limit !== undefined) this.cut(limit);
    else if (!this.probe(now)) this.cut("webSocketPingMs");
    else this.schedule();
  }

  /** Ends the connection by a limit that it met. */
  protected cut(limit: CutReason): void {
    if (this.#closed) return;
    this.core.counters.connectionsCut[limit]++;
    if (limit === "messageMs") this.garbage("incomplete");
    // The peer did nothing wrong: what is queued may leave.
    if (limit === "inboundIdleMs" || limit === "outboundIdleMs") this.close();
    else this.fail(limitReached(limit));
  }

  /** Octets came in. */
  protected touch(bytes: number): void {
    this.core.counters.receivedBytes += bytes;
    const now = this.core.wheel.now();
    this.deadlines.usedAt = now;
    this.deadlines.receivedAt = now;
  }

  /** The peer keeps the connection alive; ends it when it does nothing else. */
  protected keptAlive(): void {
    this.core.counters.keepAlives++;
    if (!this.deadlines.keepAlive(this.core.wheel.now(), this.core.limits)) this.cut("keepAlivesPerMinute");
  }

  /** What was queued has left. */
  protected drained(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (!this.#closed) this.read(true);
  }

  protected deliver(text: string): void {
    const { counters, handler } = this.core;
    if (!this.deadlines.proven) this.#prove(text);
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
    if (this.#closed || this.#isLeaving) return;
    const { timeouts, wheel } = this.core;
    const now = wheel.now();
    wheel.arm(this, Math.max(0, Math.min(this.deadlines.next(timeouts) - now, this.probeIn(now))));
  }

  /** A peer that does not take what we send is not read either: it would only make more wait. */
  #onWaiting(now: number, waiting: number): void {
    if (this.deadlines.owes(now, this.writtenBytes, waiting)) this.schedule();
    if (this.#isPaused || waiting <= this.core.limits.pauseBytes) return;
    this.#isPaused = true;
    this.core.counters.readsPaused++;
    this.read(false);
  }

  #prove(text: string): void {
    const parsed = parseMessage(text);
    if (!parsed.ok || parsed.value.syntaxFault !== undefined) return;
    this.deadlines.proven = true;
    this.#onProven();
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
