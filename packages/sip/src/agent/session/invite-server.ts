/** An INVITE to us, the first or a later one, until its ACK: provisional responses, reliable ones among them, and the final one. RFC 3261 §13.3, §14.2; RFC 3262 §3. */

import type { HeaderLine } from "../../message/build.ts";
import { RAck } from "../../message/fields/dialog.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import { formatResponse, respond } from "../core/responder.ts";
import { type SipError, sessionOver } from "../errors.ts";
import type { Refusal } from "../request/contract.ts";
import { CalleeOffers } from "./callee-offers.ts";
import type { NegotiationContext } from "./contract.ts";
import type { Leg } from "./leg.ts";
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

export class InviteServer {
  readonly leg: Leg;
  readonly request: SipRequest;
  readonly #environment: Environment;
  readonly #transaction: ServerTransaction;
  readonly #host: InviteServerHost;
  readonly #reliable: ReliableSender;
  readonly #timers: ProvisionalTimers;
  readonly #offers: CalleeOffers;
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
    this.#offers = new CalleeOffers({
      leg,
      request,
      purpose: host.purpose,
      types: environment.capabilities.types,
      fail: (refusal) => this.fail(refusal),
    });
    const sequence = request.cseq!.sequence;
    this.#reliable = new ReliableSender(environment, transaction, sequence, () => this.fail({ status: 504 }));
    this.#timers = new ProvisionalTimers(environment, transaction, request);
  }

  /** Of every response to the INVITE. */
  get localTag(): string {
    return this.leg.localTag;
  }

  get offer(): SessionBody | undefined {
    return this.#offers.offer;
  }

  /** Whether a final response has been sent, or is being made. */
  get isFinal(): boolean {
    return this.#isFinal;
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
    const body = await this.#offers.early(withSession, reliable);
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
    const body = await this.#offers.final();
    this.#expectOpen("a 2xx");
    this.#offers.conclude();
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

  /** RFC 3262 §3, §5. */
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
    const { body, refusal, fault } = await this.#offers.acknowledged(prack);
    const { status, reason, headers = [] }: Refusal = refusal ?? { status: 200 };
    const lines = [...this.#host.linesOf(prack, status), ...headers];
    respond(this.#environment, transaction, prack, status, { reason, headers: lines, body });
    if (fault !== undefined) this.fail({ status: 488 });
  }

  /** The ACK to the 2xx. */
  onAck(ack: SipRequest): void {
    if (this.#repeater === undefined || ack.cseq?.sequence !== this.request.cseq?.sequence) return;
    this.#repeater.stop();
    this.#repeater = undefined;
    const { body, fault } = this.#offers.onAck(ack);
    this.#host.onAcknowledged(body, fault);
  }

  /** The session has ended otherwise: nothing is repeated. A final response, if there is none, is 487 (§15.1.2). */
  end(): void {
    if (!this.#isFinal) this.fail({ status: 487 });
    this.#repeater?.stop();
    this.#repeater = undefined;
  }

  async #settled(): Promise<void> {
    while (!this.#isFinal && (this.#reliable.holdsBody || this.#offers.isOpenElsewhere)) {
      if (this.#reliable.holdsBody) await this.#reliable.idle();
      else await this.leg.negotiation.whenIdle();
    }
  }

  #common(status: number, headers: readonly HeaderLine[]): { toTag: string; headers: readonly HeaderLine[] } {
    return { toTag: this.leg.localTag, headers: [...this.#host.linesOf(this.request, status), ...headers] };
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
