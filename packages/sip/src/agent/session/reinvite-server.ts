/** re-INVITE and UPDATE of the peer. RFC 3261 §14.2, RFC 3311 §5.2, RFC 4028 §9, RFC 6141. */

import type { HeaderLine } from "../../message/build.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import { randomUpTo } from "../core/identifiers.ts";
import { respond } from "../core/responder.ts";
import { sessionBodyOf } from "./body.ts";
import type { SessionHost } from "./host.ts";
import { InviteServer, type InviteServerHost } from "./invite-server.ts";
import type { Leg } from "./leg.ts";
import { isRefusal } from "./negotiation.ts";

/** §14.2: seconds, up to. */
const MOST_RETRY_AFTER = 10;

export class ReinviteServer {
  readonly #session: SessionHost;
  /** The one that runs; a 2xx of it may wait for its ACK. */
  #running: InviteServer | undefined;
  readonly #waiting: (() => void)[] = [];
  /** Whose UPDATE waits for its owner's word. */
  readonly #updating = new Set<Leg>();

  constructor(session: SessionHost) {
    this.#session = session;
  }

  /** Whether an INVITE of the peer has no final response, or no ACK to it. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when none of theirs is open. */
  whenIdle(): Promise<void> {
    if (this.#running === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  onInvite(transaction: ServerTransaction, request: SipRequest, leg: Leg): void {
    const session = this.#session;
    const { environment } = session.house;
    const status = this.#statusFor(leg);
    if (status !== undefined) {
      if (status === 491) environment.counters.glares++;
      this.#refuse(transaction, request, status);
      return;
    }
    const refusal = leg.negotiation.refusalOfOffer(this.#retryAfter());
    if (refusal !== undefined) {
      session.reply(transaction, request, refusal.status, refusal.headers);
      return;
    }
    const timer = session.sessionTimer.judge(request);
    if ("status" in timer) {
      session.reply(transaction, request, timer.status, timer.headers);
      return;
    }
    const host: InviteServerHost = {
      purpose: "change",
      contact: session.lines.contact(transaction.flow, request, leg),
      linesOf: (asked, status) => session.lines.response(asked, status),
      successLines: () => timer.lines,
      onProvisionalSent: () => {},
      onSuccessSent: () => {
        // RFC 6141 §4.6: the target counts once the change is accepted.
        leg.dialog.refreshTarget(request);
        session.heed(request, leg, transaction.flow);
        timer.start();
      },
      onFailureSent: () => this.#done(),
      onAcknowledged: (_body, fault) => {
        this.#done();
        // A 2xx cannot be taken back: who offers nothing usable in its ACK has left the session without a description.
        if (fault !== undefined) session.leave("negotiation", {});
        else session.events.emit("modified", leg, "remote");
      },
      onNoAck: () => {
        this.#done();
        session.leave("no-ack", {});
      },
    };
    const server = new InviteServer(environment, transaction, request, leg, host);
    this.#running = server;
    transaction.user = server;
    server.succeed([]).catch((error) => {
      if (!server.isFinal) environment.onError(error);
    });
  }

  onUpdate(transaction: ServerTransaction, request: SipRequest, leg: Leg): void {
    // RFC 3311 §5.2: one after the other, with offers or without.
    if (this.#updating.has(leg)) {
      this.#refuse(transaction, request, 500);
      return;
    }
    this.#updating.add(leg);
    this.#update(transaction, request, leg)
      .catch((error) => this.#session.onError(error))
      .finally(() => this.#updating.delete(leg));
  }

  /** False when it is not for a re-INVITE. */
  onPrack(transaction: ServerTransaction, request: SipRequest): boolean {
    const running = this.#running;
    if (running === undefined) return false;
    running.onPrack(transaction, request).catch((error) => this.#session.onError(error));
    return true;
  }

  /** False when it is not for a re-INVITE. */
  onAck(request: SipRequest): boolean {
    const running = this.#running;
    if (running === undefined || running.request.cseq?.sequence !== request.cseq?.sequence) return false;
    running.onAck(request);
    return true;
  }

  end(): void {
    this.#running?.end();
    this.#done();
  }

  /** §14.2, RFC 6337 §4.3: what is said to an INVITE that comes while another one is in progress; `undefined`: it may come. */
  #statusFor(leg: Leg): 491 | 500 | undefined {
    const { state, direction, modifier } = this.#session;
    if (modifier.isInviting) return 491;
    if (this.#running !== undefined) return 500;
    if (state === "confirmed") return undefined;
    // The first one of ours is in progress until its ACK is out.
    if (direction === "outgoing") return 491;
    // Theirs is until its final response; whoever goes on behind that has it, though the ACK is not here yet, unless that brings an answer.
    return state === "answered" && leg.negotiation.isIdle ? undefined : 500;
  }

  #done(): void {
    this.#running = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #update(transaction: ServerTransaction, request: SipRequest, leg: Leg): Promise<void> {
    const session = this.#session;
    const { environment } = session.house;
    const offer = sessionBodyOf(request, environment.capabilities.types);
    const timer = session.sessionTimer.judge(request);
    if ("status" in timer) {
      session.reply(transaction, request, timer.status, timer.headers);
      return;
    }
    const finish = (lines: readonly HeaderLine[], body: typeof offer): void => {
      leg.dialog.refreshTarget(request);
      session.heed(request, leg, transaction.flow);
      respond(environment, transaction, request, 200, {
        headers: [
          ...session.lines.response(request, 200),
          ...session.lines.responseIdentity(transaction.flow),
          ...lines,
        ],
        body,
        contact: session.lines.contact(transaction.flow, request, leg),
      });
      // Before the 2xx to the INVITE there is no session to time.
      if (session.state === "confirmed") timer.start();
      session.events.emit("modified", leg, "remote");
    };
    const lines = session.state === "confirmed" ? timer.lines : [];
    if (offer === undefined) {
      finish(lines, undefined);
      return;
    }
    // RFC 3311 §5.2: 491 while ours is open, 500 while theirs is.
    const refusal = leg.negotiation.refusalOfOffer(this.#retryAfter());
    if (refusal !== undefined) {
      if (refusal.status === 491) environment.counters.glares++;
      session.reply(transaction, request, refusal.status, refusal.headers);
      return;
    }
    const decision = await leg.negotiation.answer(offer, { method: "UPDATE", purpose: "change", message: request });
    if (isRefusal(decision)) session.reply(transaction, request, decision.status, decision.headers);
    else finish(lines, decision);
  }

  #refuse(transaction: ServerTransaction, request: SipRequest, status: 491 | 500): void {
    const headers: HeaderLine[] = status === 500 ? [["Retry-After", `${this.#retryAfter()}`]] : [];
    this.#session.reply(transaction, request, status, headers);
  }

  #retryAfter(): number {
    return randomUpTo(this.#session.house.environment.hash, MOST_RETRY_AFTER);
  }
}
