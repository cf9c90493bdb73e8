/**
 * An INVITE to us, the first or a later one, until its ACK: provisional responses, reliable ones among them, the final one, offer and
 * answer on the way. RFC 3261 §13.3, §14.2; RFC 3262 §3, §5; RFC 6337 §2.2.
 */

import type { HeaderLine } from "../../message/build.ts";
import { RAck } from "../../message/fields/dialog.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import { formatResponse, respond } from "../core/responder.ts";
import { negotiationFailed, type SipError, sessionOver } from "../errors.ts";
import type { Refusal } from "../request/contract.ts";
import { sessionBodyOf } from "./body.ts";
import type { NegotiationContext } from "./contract.ts";
import type { Leg } from "./leg.ts";
import { isRefusal, type Occasion } from "./negotiation.ts";
import { calleeRoles } from "./negotiation-state.ts";
import { ProvisionalTimers } from "./provisional-timers.ts";
import { ReliableSender } from "./reliable-sender.ts";
import { SuccessRepeater } from "./success-repeater.ts";
import type { SessionBody } from "./values.ts";

export interface InviteServerHost {
  readonly purpose: NegotiationContext["purpose"];
  readonly contact: string;
  /** Session-ID and the like, of each response to the INVITE or to a PRACK. */
  linesOf(request: SipRequest, status: number): HeaderLine[];
  /** Further lines of the 2xx: session timer, Recv-Info. */
  successLines(): HeaderLine[];
  onProvisionalSent(status: number): void;
  onSuccessSent(): void;
  /** A final response that is no 2xx has been sent. */
  onFailureSent(refusal: Refusal): void;
  /** ACK. `fault`: offer and answer failed. */
  onAcknowledged(body: SessionBody | undefined, fault: SipError | undefined): void;
  /** No ACK in 64·T1 (§13.3.1.4). */
  onNoAck(): void;
}

/**
 * `wanting`: the INVITE has no offer, ours is not out; `asked`: it has one, which is not answered for good; `offered`: ours is out;
 * `answered`: done.
 */
type ServerPhase = "wanting" | "asked" | "offered" | "answered";

export class InviteServer {
  readonly leg: Leg;
  readonly request: SipRequest;
  readonly #environment: Environment;
  readonly #transaction: ServerTransaction;
  readonly #host: InviteServerHost;
  readonly #reliable: ReliableSender;
  readonly #timers: ProvisionalTimers;
  readonly offer: SessionBody | undefined;
  #phase: ServerPhase;
  /** Our answer, asked for once, however many responses carry it. */
  #answer: Promise<SessionBody | Refusal> | undefined;
  /** Responses are made one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #isFinal = false;
  #repeater: SuccessRepeater | undefined;

  constructor(
    environment: Environment,
    transaction: ServerTransaction,
    request: SipRequest,
    leg: Leg,
    host: InviteServerHost,
  ) {
    this.#environment = environment;
    this.#transaction = transaction;
    this.request = request;
    this.leg = leg;
    this.#host = host;
    this.offer = sessionBodyOf(request, environment.capabilities.types);
    this.#phase = this.offer === undefined ? "wanting" : "asked";
    // RFC 3311 §5: from now on an offer is open, also while nobody has been asked for the answer.
    if (this.offer !== undefined) leg.negotiation.receiveOffer(this.#occasion);
    const sequence = request.cseq!.sequence;
    this.#reliable = new ReliableSender(environment, transaction, sequence, () => this.fail({ status: 504 }));
    this.#timers = new ProvisionalTimers(environment, transaction, request);
  }

  /** Of every response to the INVITE. */
  get localTag(): string {
    return this.leg.localTag;
  }

  /** Whether a final response has been sent, or is being made. */
  get isFinal(): boolean {
    return this.#isFinal;
  }

  /** Whether a 2xx waits for its ACK. */
  get awaitsAck(): boolean {
    return this.#repeater !== undefined;
  }

  /** Resolves when it is sent; where it is reliable, when it is acknowledged. */
  async provisional(
    status: number,
    options: {
      reason?: string | undefined;
      headers?: readonly HeaderLine[] | undefined;
      withSession: boolean;
      reliable: boolean;
    },
  ): Promise<void> {
    const acknowledged = await this.#inTurn(() => this.#sendProvisional(status, options));
    if (!(await acknowledged.done)) throw sessionOver("a reliable provisional response", "it was not acknowledged");
  }

  async #sendProvisional(
    status: number,
    options: Parameters<InviteServer["provisional"]>[1],
  ): Promise<{ readonly done: Promise<boolean> | boolean }> {
    this.#expectOpen("a provisional response");
    const { reason, headers = [], withSession, reliable } = options;
    const body = await this.#earlyBody(withSession, reliable);
    this.#expectOpen("a provisional response");
    const write = (lines: readonly HeaderLine[]): string =>
      formatResponse(this.#environment, this.request, status, {
        ...this.#common(status, [...headers, ...lines]),
        reason,
        body,
        contact: this.#host.contact,
      });
    if (!reliable) {
      const text = write([]);
      this.#timers.sent(status, text);
      this.#transaction.respond(status, text);
      this.#host.onProvisionalSent(status);
      return { done: true };
    }
    this.#timers.stopTrying();
    const done = this.#reliable.send(status, body !== undefined, write);
    void done.then((hasArrived) => {
      if (hasArrived && !this.#isFinal) this.#timers.arrived(() => this.#remind(status));
    });
    this.#host.onProvisionalSent(status);
    return { done };
  }

  /** So that no proxy gives up. */
  #remind(status: number): void {
    this.provisional(status, { withSession: false, reliable: true }).catch(() => {});
  }

  /** 2xx. Rejects when it cannot be sent; a final response has then been sent, or the session has ended. */
  succeed(headers: readonly HeaderLine[]): Promise<void> {
    return this.#inTurn(() => this.#sendSuccess(headers));
  }

  async #sendSuccess(headers: readonly HeaderLine[]): Promise<void> {
    // RFC 3262 §3: not before every response with a body has been acknowledged; RFC 6337 §2.2: nor while an offer is open elsewhere.
    await this.#settled();
    this.#expectOpen("a 2xx");
    const body = await this.#finalBody();
    this.#expectOpen("a 2xx");
    if (this.#phase === "answered") this.leg.negotiation.conclude();
    this.#isFinal = true;
    this.#timers.stop();
    this.#reliable.finish();
    const text = formatResponse(this.#environment, this.request, 200, {
      ...this.#common(200, [...headers, ...this.#host.successLines()]),
      body,
      contact: this.#host.contact,
    });
    this.leg.dialog.confirm();
    this.#repeater = new SuccessRepeater(this.#environment, this.#transaction, 200, text, () => {
      this.#repeater = undefined;
      this.#host.onNoAck();
    });
    this.#host.onSuccessSent();
  }

  /** A final response that is no 2xx. Does nothing once there is one. */
  fail(refusal: Refusal): void {
    if (this.#isFinal) return;
    this.#isFinal = true;
    this.#timers.stop();
    this.#reliable.finish();
    const { status, reason, headers = [] } = refusal;
    respond(this.#environment, this.#transaction, this.request, status, { ...this.#common(status, headers), reason });
    this.leg.negotiation.rollBack();
    this.#host.onFailureSent(refusal);
  }

  /** RFC 3262 §3. The response to the PRACK carries our answer where it brought an offer (§5). */
  async onPrack(transaction: ServerTransaction, prack: SipRequest): Promise<void> {
    // RFC 3262 §7.2: a PRACK has one.
    if (prack.get(RAck) === undefined) {
      const headers = this.#host.linesOf(prack, 400);
      respond(this.#environment, transaction, prack, 400, { headers, reason: "Missing Or Bad RAck" });
      return;
    }
    if (!this.#reliable.acknowledge(prack)) {
      respond(this.#environment, transaction, prack, 481, { headers: this.#host.linesOf(prack, 481) });
      return;
    }
    const body = sessionBodyOf(prack, this.#environment.capabilities.types);
    const role = body === undefined || this.#phase === "asked" ? "ignore" : calleeRoles.prack[this.#phase];
    // RFC 3311 §5.1: only with its PRACK is an answer in a provisional response there.
    if (this.#phase === "answered") this.leg.negotiation.conclude();
    if (body !== undefined && role === "offer" && this.leg.negotiation.isIdle) {
      await this.#answerPrack(transaction, prack, body);
      return;
    }
    respond(this.#environment, transaction, prack, 200, { headers: this.#host.linesOf(prack, 200) });
    if (this.#phase !== "offered") return;
    this.#phase = "answered";
    const fault = this.#takeAnswer(body, prack, "PRACK");
    if (fault !== undefined) this.fail({ status: 488 });
  }

  /** RFC 3262 §5: an offer in a PRACK is answered in its 2xx. */
  async #answerPrack(transaction: ServerTransaction, prack: SipRequest, offer: SessionBody): Promise<void> {
    const { negotiation } = this.leg;
    const occasion = { method: "PRACK", purpose: "change", message: prack } as const;
    const decision = await negotiation.answer(offer, occasion);
    const body = isRefusal(decision) ? negotiation.decline(offer, occasion) : decision;
    const {
      status,
      reason,
      headers = [],
    }: Refusal = isRefusal(decision) && body === undefined ? decision : { status: 200 };
    const lines = [...this.#host.linesOf(prack, status), ...headers];
    respond(this.#environment, transaction, prack, status, { reason, headers: lines, body });
  }

  /** The ACK to the 2xx. */
  onAck(ack: SipRequest): void {
    if (this.#repeater === undefined || ack.cseq?.sequence !== this.request.cseq?.sequence) return;
    this.#repeater.stop();
    this.#repeater = undefined;
    const body = sessionBodyOf(ack, this.#environment.capabilities.types);
    const fault = this.#phase === "offered" ? this.#takeAnswer(body, ack, "ACK") : undefined;
    this.#phase = "answered";
    this.#host.onAcknowledged(body, fault);
  }

  /** The session has ended otherwise: nothing is repeated. A final response, if there is none, is 487 (§15.1.2). */
  end(): void {
    if (!this.#isFinal) this.fail({ status: 487 });
    this.#repeater?.stop();
    this.#repeater = undefined;
  }

  #takeAnswer(body: SessionBody | undefined, message: SipRequest, method: "PRACK" | "ACK"): SipError | undefined {
    const { negotiation } = this.leg;
    if (!negotiation.expectsAnswer) return undefined;
    if (body === undefined) {
      negotiation.rollBack();
      return negotiationFailed(`the ${method} has no answer`);
    }
    const refusal = negotiation.receiveAnswer(body, { method, purpose: this.#host.purpose, message }, false);
    return refusal === undefined ? undefined : negotiationFailed("the answer was refused");
  }

  async #earlyBody(withSession: boolean, reliable: boolean): Promise<SessionBody | undefined> {
    // §13.2.1: where the INVITE brought none, the first reliable response makes the offer.
    if (this.#phase === "wanting" && reliable) return this.#makeOffer();
    if (this.#phase !== "asked" || !withSession) return undefined;
    const answer = await this.#ownAnswer();
    if (reliable) this.#phase = "answered";
    return answer;
  }

  async #finalBody(): Promise<SessionBody | undefined> {
    if (this.#phase === "wanting") return this.#makeOffer();
    if (this.#phase !== "asked") return undefined;
    const answer = await this.#ownAnswer();
    this.#phase = "answered";
    return answer;
  }

  async #makeOffer(): Promise<SessionBody> {
    this.#phase = "offered";
    try {
      return await this.leg.negotiation.offer({ method: "INVITE", purpose: this.#host.purpose, message: undefined });
    } catch (error) {
      this.fail({ status: 500 });
      throw error;
    }
  }

  /** Throws when the offer is refused; the refusal has then been sent. */
  async #ownAnswer(): Promise<SessionBody> {
    this.#answer ??= this.leg.negotiation.decide(this.offer!);
    const decision = await this.#answer;
    if (!isRefusal(decision)) return decision;
    this.fail(decision);
    throw negotiationFailed(`the offer was refused with ${decision.status}`);
  }

  async #settled(): Promise<void> {
    while (!this.#isFinal && (this.#reliable.holdsBody || (this.#phase !== "asked" && !this.leg.negotiation.isIdle))) {
      if (this.#reliable.holdsBody) await this.#reliable.idle();
      else await this.leg.negotiation.whenIdle();
    }
  }

  #common(status: number, headers: readonly HeaderLine[]): { toTag: string; headers: readonly HeaderLine[] } {
    return { toTag: this.leg.localTag, headers: [...this.#host.linesOf(this.request, status), ...headers] };
  }

  get #occasion(): Occasion {
    return { method: "INVITE", purpose: this.#host.purpose, message: this.request };
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #expectOpen(what: string): void {
    if (this.#isFinal) throw sessionOver(what, "its final response has been sent");
  }
}
