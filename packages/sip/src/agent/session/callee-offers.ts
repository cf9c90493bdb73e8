/** Offer and answer of an INVITE to us, whichever messages carry them. RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311 §5, RFC 6337 §2.2. */

import type { SipRequest } from "../../message/message.ts";
import { negotiationFailed, type SipError } from "../errors.ts";
import type { Refusal } from "../request/contract.ts";
import { sessionBodyOf } from "./body.ts";
import type { NegotiationContext } from "./contract.ts";
import type { Leg } from "./leg.ts";
import { isRefusal } from "./negotiation.ts";
import { calleeRoles } from "./negotiation-state.ts";
import type { SessionBody } from "./values.ts";

export interface CalleeOffersHost {
  readonly leg: Leg;
  readonly request: SipRequest;
  readonly purpose: NegotiationContext["purpose"];
  /** Types of bodies that are taken. */
  readonly types: readonly string[];
  /** The INVITE is to be refused. */
  fail(refusal: Refusal): void;
}

/**
 * `wanting`: the INVITE has no offer, ours is not out; `asked`: it has one, which is not answered for good; `offered`: ours is out;
 * `answered`: done.
 */
type Phase = "wanting" | "asked" | "offered" | "answered";

export class CalleeOffers {
  /** The INVITE's. */
  readonly offer: SessionBody | undefined;
  readonly #host: CalleeOffersHost;
  #phase: Phase;
  /** Our answer, asked for once, however many responses carry it. */
  #answer: Promise<SessionBody | Refusal> | undefined;

  constructor(host: CalleeOffersHost) {
    const { leg, request, purpose, types } = host;
    this.#host = host;
    this.offer = sessionBodyOf(request, types);
    this.#phase = this.offer === undefined ? "wanting" : "asked";
    // RFC 3311 §5: from now on an offer is open, also while nobody has been asked for the answer.
    if (this.offer !== undefined) leg.negotiation.receiveOffer({ method: "INVITE", purpose, message: request });
  }

  /** Whether another offer than the INVITE's own is open: a 2xx waits for its answer (RFC 6337 §2.2). */
  get isOpenElsewhere(): boolean {
    return this.#phase !== "asked" && !this.#host.leg.negotiation.isIdle;
  }

  /** What a provisional response carries. Rejects when that comes to nothing; the INVITE has then been refused. */
  async early(withSession: boolean, reliable: boolean): Promise<SessionBody | undefined> {
    // §13.2.1: where the INVITE brought none, the first reliable response makes the offer.
    if (this.#phase === "wanting" && reliable) return this.#makeOffer();
    if (this.#phase !== "asked" || !withSession) return undefined;
    const answer = await this.#ownAnswer();
    if (reliable) this.#phase = "answered";
    return answer;
  }

  /** The same of the 2xx. */
  async final(): Promise<SessionBody | undefined> {
    if (this.#phase === "wanting") return this.#makeOffer();
    if (this.#phase !== "asked") return undefined;
    const answer = await this.#ownAnswer();
    this.#phase = "answered";
    return answer;
  }

  /** Our answer has arrived, by the 2xx or by a response that was acknowledged (RFC 3311 §5.1). */
  conclude(): void {
    if (this.#phase === "answered") this.#host.leg.negotiation.conclude();
  }

  /** RFC 3262 §5: what the 2xx to a PRACK says, or what is said instead. `fault`: the answer that it brought is none. */
  async acknowledged(prack: SipRequest): Promise<{
    readonly body?: SessionBody | undefined;
    readonly refusal?: Refusal | undefined;
    readonly fault?: SipError | undefined;
  }> {
    this.conclude();
    const body = sessionBodyOf(prack, this.#host.types);
    const role = body === undefined || this.#phase === "asked" ? "ignore" : calleeRoles.prack[this.#phase];
    if (body !== undefined && role === "offer" && this.#host.leg.negotiation.isIdle) return this.#answerTo(prack, body);
    if (this.#phase !== "offered") return {};
    this.#phase = "answered";
    return { fault: this.#takeAnswer(body, prack, "PRACK") };
  }

  /** The ACK to the 2xx. */
  onAck(ack: SipRequest): { readonly body: SessionBody | undefined; readonly fault: SipError | undefined } {
    const body = sessionBodyOf(ack, this.#host.types);
    const fault = this.#phase === "offered" ? this.#takeAnswer(body, ack, "ACK") : undefined;
    this.#phase = "answered";
    return { body, fault };
  }

  async #answerTo(prack: SipRequest, offer: SessionBody): Promise<{ body?: SessionBody; refusal?: Refusal }> {
    const { negotiation } = this.#host.leg;
    const occasion = { method: "PRACK", purpose: "change", message: prack } as const;
    const decision = await negotiation.answer(offer, occasion);
    if (!isRefusal(decision)) return { body: decision };
    // RFC 6337 §2.3: a PRACK is best not refused.
    const body = negotiation.decline(offer, occasion);
    return body === undefined ? { refusal: decision } : { body };
  }

  #takeAnswer(body: SessionBody | undefined, message: SipRequest, method: "PRACK" | "ACK"): SipError | undefined {
    const { leg, purpose } = this.#host;
    const { negotiation } = leg;
    if (!negotiation.expectsAnswer) return undefined;
    if (body === undefined) {
      negotiation.rollBack();
      return negotiationFailed(`the ${method} has no answer`);
    }
    const refusal = negotiation.receiveAnswer(body, { method, purpose, message }, false);
    return refusal === undefined ? undefined : negotiationFailed("the answer was refused");
  }

  async #makeOffer(): Promise<SessionBody> {
    const { leg, purpose, fail } = this.#host;
    this.#phase = "offered";
    try {
      return await leg.negotiation.offer({ method: "INVITE", purpose, message: undefined });
    } catch (error) {
      fail({ status: 500 });
      throw error;
    }
  }

  async #ownAnswer(): Promise<SessionBody> {
    this.#answer ??= this.#host.leg.negotiation.decide(this.offer!);
    const decision = await this.#answer;
    if (!isRefusal(decision)) return decision;
    this.#host.fail(decision);
    throw negotiationFailed(`the offer was refused with ${decision.status}`);
  }
}
