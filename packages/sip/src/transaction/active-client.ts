/** A client transaction at work: performs the effects of its table. RFC 3261 §17.1, RFC 6026 §8.4. */

import { TimerNode, type TimerWheel } from "@trapezoid/base";
import type { SipResponse } from "../message/message.ts";
import type { Flow } from "../transport/contract.ts";
import { ackText } from "./ack.ts";
import type { ClientTransaction, ClientTransactionHandler, TimerSettings, TransactionCounters } from "./contract.ts";
import { type InviteClientEffect, type InviteClientInput, inviteClientTable } from "./invite-client.ts";
import type { AnyTable } from "./machine.ts";
import { type NonInviteClientEffect, type NonInviteClientInput, nonInviteClientTable } from "./non-invite-client.ts";

type ClientInput = InviteClientInput | NonInviteClientInput;
type ClientEffect = InviteClientEffect | NonInviteClientEffect;
type ClientTable = AnyTable<ClientInput, ClientEffect>;

/** What a client transaction needs of the layer. */
export interface ClientHost {
  readonly wheel: TimerWheel;
  readonly timers: TimerSettings;
  readonly counters: TransactionCounters;
  /** It waits for a final response no longer. */
  settled(transaction: ActiveClient): void;
  /** It has ended. */
  forgetClient(transaction: ActiveClient): void;
  /** A handler threw. */
  userError(error: unknown): void;
}

/**
 * One node on the wheel serves both timers of a state: the next retransmission, or the time-out when that comes first.
 * What has passed is counted in the intervals waited for, so no instant is stored.
 */
export class ActiveClient extends TimerNode implements ClientTransaction {
  readonly method: string;
  readonly branch: string;
  readonly flow: Flow;
  status = 0;
  user: unknown = undefined;
  /** @internal Another transaction with the same branch: INVITE and its CANCEL. */
  sibling: ActiveClient | undefined = undefined;
  /** @internal Neighbours that wait on the same flow. */
  waitNext: ActiveClient | undefined = undefined;
  /** @internal */
  waitPrevious: ActiveClient | undefined = undefined;
  readonly #host: ClientHost;
  readonly #handler: ClientTransactionHandler;
  #state = "initial";
  #text: string;
  #ack: string | undefined = undefined;
  #due: ClientInput = "start";
  #elapsedMs = 0;
  #intervalMs = 0;

  constructor(
    host: ClientHost,
    request: { readonly method: string; readonly branch: string; readonly text: string },
    flow: Flow,
    handler: ClientTransactionHandler,
  ) {
    super();
    this.#host = host;
    this.#handler = handler;
    this.method = request.method;
    this.branch = request.branch;
    this.flow = flow;
    this.#text = request.text;
  }

  /** @internal What it is found by. */
  get matchKey(): string {
    return this.branch;
  }

  /** The state's name in the RFC, in lower case. */
  get state(): string {
    return this.#state;
  }

  get completed(): boolean {
    return this.status >= 200;
  }

  get terminated(): boolean {
    return this.#state === "terminated";
  }

  get requestText(): string {
    return this.#text;
  }

  start(): void {
    this.#step("start", undefined, undefined);
  }

  receive(response: SipResponse): void {
    const { status } = response;
    if (status < 200) {
      // Hop by hop and without content (§8.2.6.1): the user needs one.
      if (status === 100 && this.status !== 0) this.#host.counters.retransmissionsReceived++;
      else this.#step("1xx", response, undefined);
    } else this.#step(status < 300 ? "2xx" : "3xx-6xx", response, undefined);
  }

  override onTimer(): void {
    this.#step(this.#due, undefined, undefined);
  }

  /** The flow broke. */
  fail(error: Error | undefined): void {
    this.#step("transportError", undefined, error);
  }

  terminate(): void {
    if (this.#state === "terminated") return;
    this.#end();
    this.#release();
    this.#reportEnd();
  }

  #step(input: ClientInput, response: SipResponse | undefined, error: Error | undefined): void {
    const table: ClientTable = this.method === "INVITE" ? inviteClientTable : nonInviteClientTable;
    const step = table[this.#state]![input];
    const { counters, timers } = this.#host;
    const answered = this.status >= 200;
    if (answered && response !== undefined) counters.retransmissionsReceived++;
    if (step === undefined) return;
    const next = step[0];
    if (next === "terminated") this.#end();
    else this.#state = next;
    let sent = true;
    for (let at = 1; at < step.length; at++) {
      const effect = step[at] as ClientEffect;
      switch (effect) {
        case "send":
          if (!this.flow.send(this.#text)) this.#failSoon();
          break;
        case "resend":
          counters.retransmissionsSent++;
          sent = this.flow.send(this.#text);
          break;
        case "sendAck":
          // Each retransmission of the response gets the same ACK again.
          this.#ack ??= ackText(this.#text, response!);
          if (this.#ack !== undefined) sent = this.flow.send(this.#ack);
          break;
        case "startAB":
          this.#repeat("timerA", "timerB", timers.t1);
          break;
        case "doubleA":
          this.#repeat("timerA", "timerB", this.#intervalMs * 2);
          break;
        case "startEF":
          this.#repeat("timerE", "timerF", timers.t1);
          break;
        case "doubleE":
          this.#repeat("timerE", "timerF", Math.min(this.#intervalMs * 2, timers.t2));
          break;
        case "slowE":
          this.#repeat("timerE", "timerF", timers.t2);
          break;
        case "stopTimers":
          this.#host.wheel.cancel(this);
          break;
        case "startD":
          // §17.1.1.2 wants at least 32 s, timer H of the other side: 64·T1 by default. Deliberately, a lowered T1 lowers it,
          // for whoever lowers T1 does so for the peers, too.
          this.#wait("timerD", 64 * timers.t1);
          break;
        case "startK":
          this.#wait("timerK", timers.t4);
          break;
        case "startM":
          // RFC 6026 §7.2: on reliable transports too, since other forks may answer.
          this.#due = "timerM";
          this.#host.wheel.arm(this, 64 * timers.t1);
          break;
        case "release":
          this.#release();
          break;
        case "passUp":
          this.status = response!.status;
          this.#passUp(response!);
          break;
        case "reportTimeout":
          counters.timeouts++;
          this.#reportTimeout();
          break;
        case "reportTransportError":
          this.#reportTransportError(error);
          break;
        default:
          effect satisfies never;
      }
    }
    if (next === "terminated") this.#reportEnd();
    else if (!sent) this.fail(undefined);
    else if (!answered && this.completed && !this.armed && !this.terminated) {
      // A reliable transport: timers D and K are zero.
      this.#step(this.#due, undefined, undefined);
    }
  }

  /** The next retransmission after `intervalMs`, or the time-out at 64·T1 when that comes first. */
  #repeat(tick: ClientInput, over: ClientInput, intervalMs: number): void {
    const leftMs = 64 * this.#host.timers.t1 - this.#elapsedMs;
    // §17.1.1.2, §17.1.2.2: a reliable transport starts no retransmission timer.
    const last = this.flow.reliable || intervalMs >= leftMs;
    const ms = last ? leftMs : intervalMs;
    this.#due = last ? over : tick;
    this.#intervalMs = intervalMs;
    this.#elapsedMs += ms;
    this.#host.wheel.arm(this, ms);
  }

  /** For what may still arrive: nothing does on a reliable transport (§17.1.1.2, §17.1.2.2). */
  #wait(input: ClientInput, ms: number): void {
    this.#due = input;
    if (this.flow.reliable) this.#host.wheel.cancel(this);
    else this.#host.wheel.arm(this, ms);
  }

  /** The caller of `send` gets its transaction before it hears that it failed. */
  #failSoon(): void {
    this.#due = "transportError";
    this.#host.wheel.arm(this, 0);
  }

  #release(): void {
    this.#text = "";
    this.#host.settled(this);
  }

  #end(): void {
    this.#state = "terminated";
    this.#host.wheel.cancel(this);
    this.#host.forgetClient(this);
  }

  #passUp(response: SipResponse): void {
    try {
      this.#handler.onResponse(response, this);
    } catch (error) {
      this.#host.userError(error);
    }
  }

  #reportTimeout(): void {
    try {
      this.#handler.onTimeout(this);
    } catch (error) {
      this.#host.userError(error);
    }
  }

  #reportTransportError(error: Error | undefined): void {
    try {
      this.#handler.onTransportError(this, error);
    } catch (failure) {
      this.#host.userError(failure);
    }
  }

  #reportEnd(): void {
    try {
      this.#handler.onTerminated?.(this);
    } catch (error) {
      this.#host.userError(error);
    }
  }
}
