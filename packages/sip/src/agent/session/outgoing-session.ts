/** A call of ours: the first INVITE with its forks, redirections and CANCEL. RFC 3261 §8.1.3.4, §9.1, §13.2; RFC 4028 §7.3; RFC 6228. */

import { CallbackTimer } from "@trapezoid/base";
import { dialogOfResponse } from "../../dialog/create-dialog.ts";
import { routeSetOfResponse } from "../../dialog/route-set.ts";
import type { HeaderLine } from "../../message/build.ts";
import { ReferredBy } from "../../message/fields/refer.ts";
import type { SipResponse } from "../../message/message.ts";
import type { NameAddr, Uri } from "../../message/values.ts";
import type { InviteOptions } from "../contract.ts";
import { newCallId, newSessionId } from "../core/identifiers.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { negotiationFailed, requestRefused, type SipError } from "../errors.ts";
import type { Outcome } from "../request/client-request.ts";
import type { PrivacyOptions } from "../request/contract.ts";
import type { InDialogParts } from "../request/dialog-request.ts";
import type { Attempt } from "../request/draft.ts";
import { type OutsideRequest, outsideDraft } from "../request/outside-draft.ts";
import { Redirections } from "../request/redirections.ts";
import { BaseSession } from "./base-session.ts";
import type { OutgoingSession } from "./contract.ts";
import type { SessionHouse } from "./house.ts";
import { InviteClient, type InviteClientHost, isReliable } from "./invite-client.ts";
import type { Leg } from "./leg.ts";
import { Negotiation } from "./negotiation.ts";
import { reasonLines } from "./reason.ts";
import type { EndOptions, SessionBody, SessionEnd } from "./values.ts";

const firstOffer = { method: "INVITE", purpose: "initial" } as const;

function inviteLines({ replaces, join, referredBy, expiresSeconds }: InviteOptions): HeaderLine[] {
  const lines: HeaderLine[] = [];
  // RFC 3891 §4, RFC 3911 §5: who does not know them must not take the call for another.
  if (replaces !== undefined) lines.push(["Require", "replaces"], ["Replaces", replaces]);
  if (join !== undefined) lines.push(["Require", "join"], ["Join", join]);
  if (referredBy !== undefined) lines.push(["Referred-By", ReferredBy.format(referredBy)]);
  if (expiresSeconds !== undefined) lines.push(["Expires", `${expiresSeconds}`]);
  return lines;
}

export class OutgoingCall extends BaseSession implements OutgoingSession, InviteClientHost {
  readonly direction = "outgoing";
  readonly purpose = "initial";
  readonly callId: string;
  readonly #localAddress: NameAddr;
  readonly #remoteAddress: NameAddr;
  readonly #options: InviteOptions;
  readonly #request: OutsideRequest;
  readonly #redirections: Redirections;
  readonly #superfluous = new Set<Leg>();
  /** §13.2.2.4: 64·T1 after the first 2xx, early dialogs without one are over. */
  readonly #losers: CallbackTimer;
  readonly #expiry: CallbackTimer;
  #target: Uri;
  #sequence = 0;
  #offer: SessionBody | undefined;
  #client: InviteClient | undefined;
  /** The first 2xx's. */
  #answered: Leg | undefined;
  #fault: SipError | undefined;
  #stopListening = (): void => {};

  constructor(house: SessionHouse, identity: LocalIdentity, target: Uri, options: InviteOptions) {
    super(house, identity, options.continues?.sessionId.local ?? newSessionId(house.environment.hash));
    const { environment } = house;
    environment.counters.sessionsOutgoing++;
    this.handlers = options.handlers;
    this.#options = options;
    this.#target = target;
    this.callId = newCallId(environment.hash);
    this.#request = { target, identity, options, callId: this.callId, localTag: environment.transactions.newTag() };
    const draft = outsideDraft(environment, "INVITE", this.#request, target, []);
    this.#localAddress = draft.local;
    this.#remoteAddress = draft.remote;
    this.#redirections = new Redirections(target, options.followRedirects === false ? 0 : environment.limits.redirects);
    this.#losers = new CallbackTimer(() => this.#endLosers());
    this.#expiry = new CallbackTimer(() => {
      void this.end({ reasons: [{ protocol: "SIP", cause: 408, text: "Request Timeout" }] });
    });
  }

  get localAddress(): NameAddr {
    return this.current?.dialog.local ?? this.#localAddress;
  }

  get remoteAddress(): NameAddr {
    return this.current?.dialog.remote ?? this.#remoteAddress;
  }

  override get privacy(): PrivacyOptions | undefined {
    return this.handlers.privacy ?? this.#options.privacy;
  }

  /** Asks for the offer, and sends. */
  async start(): Promise<void> {
    const { signal, withoutOffer, expiresSeconds, cancelReasons } = this.#options;
    const onAbort = (): void => void this.end({ reasons: cancelReasons ?? [] });
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#stopListening = () => signal?.removeEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    if (expiresSeconds !== undefined) this.house.environment.wheel.arm(this.#expiry, expiresSeconds * 1000);
    if (withoutOffer !== true && this.state === "calling") {
      const negotiation = new Negotiation(this, undefined);
      this.over.addEventListener("abort", () => negotiation.end(), { once: true });
      try {
        this.#offer = await negotiation.offer(firstOffer);
      } catch (error) {
        if (this.state !== "calling") return;
        const reason = error instanceof Error ? error.message : String(error);
        this.course.reject(negotiationFailed(`there is nothing to offer: ${reason}`, error));
        this.finish({ cause: "negotiation", by: "local", status: 0, reason, message: undefined });
        return;
      }
    }
    if (this.state === "calling") this.#invite();
  }

  nextSequence(): number {
    return ++this.#sequence;
  }

  legOf(response: SipResponse, attempt: Attempt): Leg | undefined {
    const { environment } = this.house;
    this.peer.hear(response, attempt.flow, undefined);
    const remoteTag = response.toTag ?? "";
    const known = this.legSet.of(remoteTag);
    if (known !== undefined) return known;
    // RFC 6228 §4: the end of a dialog that nobody has heard of; a reliable one is acknowledged all the same.
    if (response.status === 199 && !isReliable(response)) return undefined;
    const isFinal = response.status >= 200;
    if (!isFinal && (this.legs.length >= environment.limits.legs || this.legSet.hasEnded(remoteTag))) return undefined;
    const sent = {
      requestUri: this.#target,
      sequence: attempt.sequence,
      isSecure: attempt.flow.secure && this.#target.scheme === "sips",
    };
    const parts = dialogOfResponse(sent, response, isFinal ? "confirmed" : "early");
    if (parts === undefined) return undefined;
    const flow = this.identity.owns(attempt.flow) ? attempt.flow : undefined;
    const leg = this.addLeg(environment.dialogs.add({ ...parts, flow }));
    if (this.#offer !== undefined) leg.negotiation.adoptOffer(firstOffer);
    return leg;
  }

  inDialogParts(method: "PRACK" | "ACK", leg: Leg): InDialogParts {
    return { ...this.lines.inDialog(method, leg), headers: this.lines.request(method, leg) };
  }

  onProgress(leg: Leg | undefined, response: SipResponse): void {
    if (this.state === "ended") return;
    // RFC 6228 §4: this early dialog is over, others go on.
    if (response.status === 199) {
      if (leg !== undefined) this.endLeg(leg);
      return;
    }
    if (leg !== undefined && (this.state === "calling" || this.state === "early")) {
      this.legSet.current = leg;
      this.learn(response, leg);
      this.step("progress");
    }
    this.events.emit("progress", leg, response.status, response);
  }

  onSuccess(leg: Leg, response: SipResponse): boolean {
    leg.dialog.confirm(routeSetOfResponse(response));
    leg.dialog.refreshTarget(response);
    this.learn(response, leg);
    leg.learnInfoPackages(response);
    if (this.#answered !== undefined || this.state === "ended") {
      // §13.2.2.4: each 2xx is acknowledged; the session has one dialog, so the others are hung up.
      this.#superfluous.add(leg);
      return false;
    }
    this.#answered = leg;
    this.legSet.current = leg;
    this.#stopWaiting();
    this.step("success");
    if (this.legs.length > 1) {
      const { wheel, transactions } = this.house.environment;
      wheel.arm(this.#losers, 64 * transactions.timers.t1);
    }
    if (this.isLeaving) return false;
    this.sessionTimer.onSuccess(response);
    this.events.emit("accepted", leg);
    return true;
  }

  onAcknowledged(leg: Leg, _response: SipResponse, _body: SessionBody | undefined, fault: SipError | undefined): void {
    if (this.#superfluous.has(leg)) {
      const end = (): void => this.endLeg(leg);
      this.leaving
        .byeTo(leg, { reasons: [{ protocol: "SIP", cause: 200, text: "Call completed elsewhere" }] })
        .then(end, end);
    } else if (this.isLeaving)
      this.leave(this.#fault === undefined ? (this.leaving.cause ?? "cancelled") : "negotiation", {});
    else this.acknowledge(leg, fault);
  }

  onBroken(_leg: Leg, fault: SipError): void {
    if (this.state === "ended" || this.#fault !== undefined) return;
    this.#fault = fault;
    this.course.reject(fault);
    void this.end({ reasons: [{ protocol: "SIP", cause: 488, text: "Not Acceptable Here" }] });
  }

  onFailure(outcome: Outcome): void {
    this.#client = undefined;
    if (this.state === "ended") return;
    const { status, reason, response } = outcome;
    if (!this.isLeaving && response !== undefined) {
      if (status === 422 && this.sessionTimer.heedTooSmall(response)) {
        this.#again(this.#target);
        return;
      }
      const next = this.#redirections.after(response);
      if (next !== undefined) {
        this.house.environment.counters.redirectsFollowed++;
        this.#again(next);
        return;
      }
    }
    this.course.reject(requestRefused("INVITE", status, reason, response, outcome.cause));
    const by = response === undefined || this.isLeaving ? "local" : "remote";
    this.finish({ cause: this.#causeOf(outcome), by, status, reason, message: response });
  }

  offerInPrack(leg: Leg): SessionBody | undefined {
    return this.handlers.offerInPrack?.(leg);
  }

  override leaveEarly(options: EndOptions): void {
    if (this.#client === undefined) {
      this.finish({ cause: "cancelled", by: "local", status: 487, reason: "", message: undefined });
      return;
    }
    this.#client.cancel([...reasonLines(options.reasons), ...(options.headers ?? [])]);
  }

  protected override onOver(): void {
    this.#stopWaiting();
    this.house.environment.wheel.cancel(this.#losers);
  }

  #invite(): void {
    const { environment } = this.house;
    const headers: HeaderLine[] = [...this.lines.request("INVITE", undefined), ...this.sessionTimer.requestLines()];
    if (environment.reliableProvisional === "required") headers.push(["Require", "100rel"]);
    headers.push(...inviteLines(this.#options));
    const draft = outsideDraft(environment, "INVITE", this.#request, this.#target, headers);
    const client = new InviteClient(environment, { ...draft, body: this.#offer }, this);
    this.#client = client;
    client.start();
  }

  /** The same call again: elsewhere, or with another timer. Its early dialogs are over (§13.2.2.3). */
  #again(target: Uri): void {
    this.#endEarly();
    this.legSet.forgetEnded();
    this.#target = target;
    this.#invite();
  }

  #endEarly(): void {
    for (const leg of this.legs) {
      leg.dialog.fail();
      this.endLeg(leg);
    }
  }

  #endLosers(): void {
    for (const leg of this.legs) {
      if (leg === this.current || leg.state !== "early") continue;
      leg.dialog.fail();
      this.endLeg(leg);
    }
  }

  #stopWaiting(): void {
    this.#stopListening();
    this.house.environment.wheel.cancel(this.#expiry);
  }

  #causeOf({ status, response }: Outcome): SessionEnd["cause"] {
    if (this.#fault !== undefined) return "negotiation";
    if (this.isLeaving) return this.leaving.cause ?? "cancelled";
    if (response !== undefined) return "rejected";
    return status === 408 ? "timeout" : "transport";
  }
}
