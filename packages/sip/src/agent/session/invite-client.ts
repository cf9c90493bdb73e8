/**
 * An INVITE of ours, the first or a later one: its provisional responses with their PRACKs, each 2xx with its ACK, offer and answer on
 * the way. RFC 3261 §13.2, §14.1; RFC 3262 §4, §5; RFC 6337 §2.2.
 */

import type { HeaderLine } from "../../message/build.ts";
import { Require } from "../../message/fields/capability.ts";
import { RAck, RSeq } from "../../message/fields/dialog.ts";
import type { SipResponse } from "../../message/message.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { negotiationFailed, type SipError } from "../errors.ts";
import { ClientRequest, type ClientRequestOwner, type Outcome } from "../request/client-request.ts";
import { type InDialogParts, sendInDialog } from "../request/dialog-request.ts";
import type { Attempt, RequestDraft } from "../request/draft.ts";
import { AckSender } from "./ack-sender.ts";
import { sessionBodyOf } from "./body.ts";
import type { NegotiationContext } from "./contract.ts";
import type { Leg } from "./leg.ts";
import { isRefusal, type Occasion } from "./negotiation.ts";
import { type BodyRole, callerRoles, type InvitePhase } from "./negotiation-state.ts";
import type { SessionBody } from "./values.ts";

/** Whose INVITE it is. */
export interface InviteClientHost {
  readonly identity: LocalIdentity;
  readonly purpose: NegotiationContext["purpose"];
  nextSequence(): number;
  /** The leg that a response belongs to; a new one where the INVITE may make dialogs. `undefined`: none, or one too many. */
  legOf(response: SipResponse, attempt: Attempt): Leg | undefined;
  /** Of PRACK and ACK. */
  inDialogParts(method: "PRACK" | "ACK", leg: Leg): InDialogParts;
  /** After its body has been dealt with. */
  onProgress(leg: Leg | undefined, response: SipResponse): void;
  /** A 2xx. False: it is one too many, and only acknowledged. Nothing is known of its body yet. */
  onSuccess(leg: Leg, response: SipResponse, attempt: Attempt): boolean;
  /** The ACK is out. `fault`: offer and answer failed, the session cannot go on. `body`: the peer's. */
  onAcknowledged(leg: Leg, response: SipResponse, body: SessionBody | undefined, fault: SipError | undefined): void;
  /** Offer and answer failed before a final response. */
  onBroken(leg: Leg, fault: SipError): void;
  onFailure(outcome: Outcome): void;
  /** An offer that may go with a PRACK (RFC 3262 §5); `undefined`: none. */
  offerInPrack?(leg: Leg): SessionBody | undefined;
}

/** What an INVITE's course has come to on one leg. */
interface LegCourse {
  phase: InvitePhase;
  /** Number of the last reliable response (RFC 3262 §4). */
  rseq: number | undefined;
  /** The body of a response that was not reliable. */
  preview: SessionBody | undefined;
}

export class InviteClient implements ClientRequestOwner {
  readonly #environment: Environment;
  readonly #host: InviteClientHost;
  readonly #request: ClientRequest;
  readonly #firstPhase: InvitePhase;
  readonly #courses = new Map<Leg, LegCourse>();
  /** Of each 2xx, by its To tag: legs may be over when it comes again. */
  readonly #acks = new Map<string, AckSender>();

  constructor(environment: Environment, draft: RequestDraft, host: InviteClientHost) {
    this.#environment = environment;
    this.#host = host;
    this.#firstPhase = draft.body === undefined ? "wanting" : "offered";
    this.#request = new ClientRequest(environment, draft, this);
  }

  start(): void {
    this.#request.start();
  }

  cancel(headers: readonly HeaderLine[]): void {
    this.#request.cancel(headers);
  }

  nextSequence(): number {
    return this.#host.nextSequence();
  }

  onProvisional(response: SipResponse, attempt: Attempt): void {
    const leg = this.#host.legOf(response, attempt);
    if (leg === undefined) {
      this.#host.onProgress(undefined, response);
      return;
    }
    leg.learn(response);
    const course = this.#courseOf(leg);
    const rseq = isReliable(response) ? response.get(RSeq) : undefined;
    if (rseq === undefined) {
      this.#preview(leg, course, response);
      this.#host.onProgress(leg, response);
      return;
    }
    // RFC 3262 §4: what comes again is absorbed, and what comes too early is waited for.
    if (course.rseq !== undefined && rseq !== course.rseq + 1) return;
    course.rseq = rseq;
    const { sequence } = attempt;
    this.#receiveReliable(leg, course, response, rseq, sequence).catch((error) => this.#environment.onError(error));
  }

  onFinal(outcome: Outcome): void {
    const { response, attempt } = outcome;
    if (outcome.status >= 300 || response === undefined || attempt === undefined) {
      this.#host.onFailure(outcome);
      return;
    }
    this.onFurtherSuccess(response, attempt);
  }

  onFurtherSuccess(response: SipResponse, attempt: Attempt): void {
    const tag = response.toTag ?? "";
    const known = this.#acks.get(tag);
    if (known !== undefined) {
      known.repeat();
      return;
    }
    const leg = this.#host.legOf(response, attempt);
    if (leg === undefined) return;
    leg.learn(response);
    const { sequence, authorization } = attempt;
    const ack = new AckSender(this.#environment, leg.dialog, this.#host.identity, sequence, authorization);
    this.#acks.set(tag, ack);
    const course = this.#courseOf(leg);
    if (!this.#host.onSuccess(leg, response, attempt)) {
      ack.send(this.#host.inDialogParts("ACK", leg), this.#declined(leg, course, response));
      this.#host.onAcknowledged(leg, response, undefined, undefined);
      return;
    }
    this.#acknowledge(leg, course, ack, response).catch((error) => this.#environment.onError(error));
  }

  #courseOf(leg: Leg): LegCourse {
    let course = this.#courses.get(leg);
    if (course === undefined) {
      course = { phase: this.#firstPhase, rseq: undefined, preview: undefined };
      this.#courses.set(leg, course);
    }
    return course;
  }

  /** RFC 6337 §3.1.1: early media may start with a body that is not reliable yet. */
  #preview(leg: Leg, course: LegCourse, response: SipResponse): void {
    const body = sessionBodyOf(response, this.#environment.capabilities.types);
    if (body === undefined || callerRoles.provisional[course.phase] !== "preview") return;
    if (course.preview?.body === body.body) return;
    course.preview = body;
    const refusal = leg.negotiation.receiveAnswer(body, this.#occasion("INVITE", response), true);
    if (refusal !== undefined)
      this.#host.onBroken(leg, negotiationFailed("the answer in a provisional response was refused"));
  }

  async #receiveReliable(
    leg: Leg,
    course: LegCourse,
    response: SipResponse,
    rseq: number,
    sequence: number,
  ): Promise<void> {
    const { peerBody, reply, fault } = await this.#negotiate(leg, course, response, callerRoles.reliable, "PRACK");
    if (leg.state === "ended") return;
    this.#host.onProgress(leg, response);
    const rack = RAck.format({ rseq, cseq: { sequence, method: "INVITE" } });
    const offer =
      fault === undefined && reply === undefined && course.phase === "answered" && peerBody === undefined
        ? await this.#offerInPrack(leg)
        : undefined;
    const parts = this.#host.inDialogParts("PRACK", leg);
    const outcome = sendInDialog(this.#environment, leg.dialog, this.#host.identity, {
      ...parts,
      headers: [["RAck", rack], ...(parts.headers ?? [])],
      body: offer ?? reply,
    });
    if (fault !== undefined) this.#host.onBroken(leg, fault);
    if (offer !== undefined) this.#concludePrack(leg, await outcome);
  }

  async #offerInPrack(leg: Leg): Promise<SessionBody | undefined> {
    const given = leg.negotiation.isIdle ? this.#host.offerInPrack?.(leg) : undefined;
    return given === undefined ? undefined : leg.negotiation.offer({ method: "PRACK", purpose: "change" }, given);
  }

  /** RFC 3262 §5: the answer to an offer in a PRACK is in its 2xx. */
  #concludePrack(leg: Leg, { status, response }: Outcome): void {
    if (leg.state === "ended") return;
    const body = response === undefined ? undefined : sessionBodyOf(response, this.#environment.capabilities.types);
    if (status >= 300 || body === undefined) leg.negotiation.rollBack();
    else leg.negotiation.receiveAnswer(body, { method: "PRACK", purpose: "change", message: response }, false);
  }

  async #acknowledge(leg: Leg, course: LegCourse, ack: AckSender, response: SipResponse): Promise<void> {
    const { peerBody, reply, fault } = await this.#negotiate(leg, course, response, callerRoles.success, "ACK");
    ack.send(this.#host.inDialogParts("ACK", leg), reply);
    this.#host.onAcknowledged(leg, response, peerBody, fault ?? this.#missing(leg, course, response));
  }

  /** §13.2.1: after 2xx and ACK, offer and answer must have been exchanged. */
  #missing(leg: Leg, course: LegCourse, response: SipResponse): SipError | undefined {
    if (course.phase === "answered") return undefined;
    if (course.phase === "offered" && course.preview !== undefined) {
      // Gateways that have told all in a 183 leave it out of the 200: what was seen is taken.
      course.phase = "answered";
      const refusal = leg.negotiation.receiveAnswer(course.preview, this.#occasion("INVITE", response), false);
      return refusal === undefined ? undefined : negotiationFailed("the answer was refused");
    }
    return negotiationFailed(course.phase === "offered" ? "the 2xx has no answer" : "the 2xx has no offer");
  }

  /** What the response's body means, and what is to be said to it. */
  async #negotiate(
    leg: Leg,
    course: LegCourse,
    response: SipResponse,
    roles: Readonly<Record<InvitePhase, BodyRole>>,
    method: "PRACK" | "ACK",
  ): Promise<{
    readonly peerBody: SessionBody | undefined;
    readonly reply: SessionBody | undefined;
    readonly fault: SipError | undefined;
  }> {
    const body = sessionBodyOf(response, this.#environment.capabilities.types);
    const role = body === undefined ? "ignore" : roles[course.phase];
    if (body === undefined || role === "ignore") return { peerBody: undefined, reply: undefined, fault: undefined };
    course.phase = "answered";
    if (role === "answer") {
      // §15.1.1: with the session went what was offered.
      if (leg.state === "ended") return { peerBody: body, reply: undefined, fault: undefined };
      const refusal = leg.negotiation.receiveAnswer(body, this.#occasion("INVITE", response), false);
      const fault = refusal === undefined ? undefined : negotiationFailed("the answer was refused");
      return { peerBody: body, reply: undefined, fault };
    }
    const occasion = this.#occasion(method, response);
    if (!leg.negotiation.isIdle) {
      const fault = negotiationFailed("an offer came while another one was open");
      return { peerBody: body, reply: leg.negotiation.decline(body, occasion), fault };
    }
    const decision = await leg.negotiation.answer(body, occasion);
    if (!isRefusal(decision)) return { peerBody: body, reply: decision, fault: undefined };
    // §13.2.2.4: an answer all the same, and BYE behind it.
    const reply = leg.negotiation.decline(body, occasion);
    return { peerBody: body, reply, fault: negotiationFailed("the offer was refused") };
  }

  /** §13.2.2.4: what an ACK says to the offer of a 2xx that nobody goes on with. */
  #declined(leg: Leg, course: LegCourse, response: SipResponse): SessionBody | undefined {
    const body = sessionBodyOf(response, this.#environment.capabilities.types);
    if (body === undefined || callerRoles.success[course.phase] !== "offer") return undefined;
    return leg.negotiation.decline(body, this.#occasion("ACK", response));
  }

  #occasion(method: Occasion["method"], message: SipResponse): Occasion {
    return { method, purpose: this.#host.purpose, message };
  }
}

/** RFC 3262 §4. */
export function isReliable(response: SipResponse): boolean {
  return response.status > 100 && response.getAll(Require).some((option) => option.toLowerCase() === "100rel");
}
