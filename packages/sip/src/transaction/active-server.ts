/** A server transaction at work: performs the effects of its table. RFC 3261 §17.2, RFC 6026 §7.1. */

import { TimerNode, type TimerWheel } from "@trapezoid/base";
import { buildResponse } from "../message/build.ts";
import type { SipRequest } from "../message/message.ts";
import { asksForLoss, withOverloadParams } from "../message/overload-params.ts";
import type { Flow } from "../transport/contract.ts";
import type {
  ServerTransaction,
  StatelessResponse,
  TimerSettings,
  TransactionCounters,
  TransactionUser,
} from "./contract.ts";
import { type InviteServerEffect, type InviteServerInput, inviteServerTable } from "./invite-server.ts";
import type { AnyTable } from "./machine.ts";
import { type NonInviteServerEffect, type NonInviteServerInput, nonInviteServerTable } from "./non-invite-server.ts";

type ServerInput = InviteServerInput | NonInviteServerInput;
type ServerEffect = InviteServerEffect | NonInviteServerEffect;
type ServerTable = AnyTable<ServerInput, ServerEffect>;

/** What a server transaction needs of the layer. */
export interface ServerHost {
  readonly wheel: TimerWheel;
  readonly timers: TimerSettings;
  readonly counters: TransactionCounters;
  readonly user: TransactionUser;
  /** It has ended. */
  forgetServer(transaction: ActiveServer): void;
  /** What stands for a request whose text has been let go. */
  tombstone(method: string): SipRequest;
  /** The To tag by which the ACK is known of a response that nobody remembers. */
  statelessTag(key: string, request: SipRequest): string;
  /** What a peer that asks is told of our load; `undefined`: nobody is told. */
  readonly feedback: ((flow: Flow) => string) | undefined;
  /** Its flow would not take a response. */
  undelivered(transaction: ActiveServer, text: string): void;
  /** A callback of the user threw. */
  userError(error: unknown): void;
}

/** One node on the wheel serves both timers of a state, as in the client transaction. */
export class ActiveServer extends TimerNode implements ServerTransaction {
  /** @internal What it is found by. */
  readonly matchKey: string;
  readonly method: string;
  request: SipRequest;
  flow: Flow;
  status = 0;
  user: unknown = undefined;
  /** @internal Another transaction with the same key: INVITE and its CANCEL. */
  sibling: ActiveServer | undefined = undefined;
  readonly #host: ServerHost;
  /** The peer asks how loaded we are (RFC 7339 §5.1). */
  readonly #isTold: boolean;
  /** Where responses leave by when not by `flow`. */
  #detour: Flow | undefined;
  #state: string;
  #text = "";
  #due: ServerInput = "expiry";
  #elapsedMs = 0;
  #intervalMs = 0;

  constructor(host: ServerHost, key: string, request: SipRequest, flow: Flow, detour: Flow | undefined) {
    super();
    this.#host = host;
    this.matchKey = key;
    this.method = request.method;
    this.request = request;
    this.flow = flow;
    this.#detour = detour;
    this.#isTold = host.feedback !== undefined && request.via !== undefined && asksForLoss(request.via);
    if (request.method === "INVITE") this.#state = "proceeding";
    else {
      this.#state = "trying";
      // Timer F of the client, and the longest that its last retransmission may travel.
      host.wheel.arm(this, 64 * host.timers.t1 + host.timers.t4);
    }
  }

  /** The state's name in the RFC, in lower case. */
  get state(): string {
    return this.#state;
  }

  get isInvite(): boolean {
    return this.method === "INVITE";
  }

  get completed(): boolean {
    return this.status >= 200;
  }

  get terminated(): boolean {
    return this.#state === "terminated";
  }

  /** @internal The last response, while it may have to be sent again. */
  get responseText(): string {
    return this.#text;
  }

  /** @internal Where its responses leave by. */
  get replyFlow(): Flow {
    return this.#detour ?? this.flow;
  }

  /** @internal From now on. */
  replyBy(flow: Flow): void {
    this.#detour = flow;
  }

  respond(status: number, text: string): void {
    this.#step(status < 200 ? "send1xx" : status < 300 ? "send2xx" : "send3xx-6xx", status, text);
  }

  respondStateless(status: number, parts: StatelessResponse = {}): void {
    if (this.completed || this.terminated) return;
    const toTag = this.#host.statelessTag(this.matchKey, this.request);
    const text = buildResponse(this.request, status, { ...parts, toTag });
    if (this.status !== 0) {
      this.respond(status, text);
      return;
    }
    this.status = status;
    this.replyFlow.send(this.#withFeedback(text));
    this.end();
  }

  /** The request again. */
  receiveAgain(flow: Flow): void {
    this.#host.counters.retransmissionsReceived++;
    // RFC 3261 §18.4: it comes by another connection when the first one broke; so does the answer.
    if (this.flow !== flow && this.flow.closed) {
      this.flow = flow;
      this.#detour = undefined;
    }
    this.#step("request", 0, "");
  }

  /** Returns whether the ACK is the user's to see: it acknowledges a 2xx. */
  receiveAck(): boolean {
    return this.#step("ack", 0, "");
  }

  override onTimer(): void {
    this.#step(this.#due, 0, "");
  }

  abandon(): void {
    if (this.completed) return;
    this.end();
  }

  /** @internal No flow would take its response. */
  reportUndelivered(): void {
    this.#reportError("transport");
  }

  /** @internal Forgets it, without a response. */
  end(): void {
    if (this.#state === "terminated") return;
    this.#terminate();
    this.#reportEnd();
  }

  /** RFC 7339 §5.2: in every response, 100 included (§5.11); a repeated one says what it said first. */
  #withFeedback(text: string): string {
    return this.#isTold ? withOverloadParams(text, this.#host.feedback!(this.flow)) : text;
  }

  /** Returns whether the input is the user's to see. */
  #step(input: ServerInput, status: number, text: string): boolean {
    const table: ServerTable = this.isInvite ? inviteServerTable : nonInviteServerTable;
    const step = table[this.#state]![input];
    if (step === undefined) return false;
    const { counters, timers, wheel } = this.#host;
    const wasCompleted = this.completed;
    const next = step[0];
    if (next === "terminated") this.#terminate();
    else this.#state = next;
    let pass = false;
    for (let at = 1; at < step.length; at++) {
      const effect = step[at] as ServerEffect;
      switch (effect) {
        case "send":
          this.status = status;
          this.#text = this.#withFeedback(text);
          if (!this.replyFlow.send(this.#text)) this.#host.undelivered(this, this.#text);
          break;
        case "resend":
          if (this.#text === "") break;
          counters.retransmissionsSent++;
          this.replyFlow.send(this.#text);
          break;
        case "startGH":
          this.#repeatG(timers.t1);
          break;
        case "doubleG":
          this.#repeatG(Math.min(this.#intervalMs * 2, timers.t2));
          break;
        case "startI":
          this.#wait("timerI", timers.t4);
          break;
        case "startJ":
          this.#wait("timerJ", 64 * timers.t1);
          break;
        case "startL":
          // RFC 6026 §8.7: on reliable transports too, since several 2xx may pass.
          this.#due = "timerL";
          wheel.arm(this, 64 * timers.t1);
          break;
        case "releaseRequest":
          this.request = this.#host.tombstone(this.method);
          break;
        case "releaseResponse":
          this.#text = "";
          break;
        case "passAck":
          pass = true;
          break;
        case "reportNoAck":
          counters.timeouts++;
          this.#reportError("timer-h");
          break;
        case "reportExpiry":
          counters.expired++;
          break;
        default:
          effect satisfies never;
      }
    }
    if (next === "terminated") this.#reportEnd();
    else if (!this.armed && this.completed && (!wasCompleted || input === "ack")) {
      // A reliable transport: timers I and J are zero.
      this.#step(this.#due, 0, "");
    }
    return pass;
  }

  /** The next retransmission after `intervalMs`, or the end of waiting for the ACK at 64·T1 when that comes first. */
  #repeatG(intervalMs: number): void {
    const leftMs = 64 * this.#host.timers.t1 - this.#elapsedMs;
    // §17.2.1: timer G is for unreliable transports, timer H for all.
    const last = this.flow.reliable || intervalMs >= leftMs;
    const ms = last ? leftMs : intervalMs;
    this.#due = last ? "timerH" : "timerG";
    this.#intervalMs = intervalMs;
    this.#elapsedMs += ms;
    this.#host.wheel.arm(this, ms);
  }

  /** For what may still arrive: nothing does on a reliable transport (§17.2.1, §17.2.2). */
  #wait(input: ServerInput, ms: number): void {
    this.#due = input;
    if (this.flow.reliable) this.#host.wheel.cancel(this);
    else this.#host.wheel.arm(this, ms);
  }

  #terminate(): void {
    this.#state = "terminated";
    this.#host.wheel.cancel(this);
    this.#host.forgetServer(this);
  }

  #reportError(reason: "timer-h" | "transport"): void {
    try {
      this.#host.user.onServerTransactionError?.(this, reason);
    } catch (error) {
      this.#host.userError(error);
    }
  }

  #reportEnd(): void {
    try {
      this.#host.user.onServerTransactionTerminated?.(this);
    } catch (error) {
      this.#host.userError(error);
    }
  }
}
