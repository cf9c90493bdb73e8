/** What calls of ours and calls to us have in common: the parts that do the rest, joined. RFC 3261 §12 to §15. */

import { Emitter } from "@trapezoid/base";
import type { Dialog } from "../../dialog/dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import type { SipMessage, SipRequest } from "../../message/message.ts";
import type { NameAddr, Uri } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Flow } from "../../transport/contract.ts";
import { handled } from "../core/handled.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { respond } from "../core/responder.ts";
import { type SipError, wrongState } from "../errors.ts";
import type { OutgoingRefer, ReferOptions } from "../refer/contract.ts";
import type { PrivacyOptions, RequestResult } from "../request/contract.ts";
import type { InviteSession, SessionHandlers } from "./contract.ts";
import type { SessionHouse } from "./house.ts";
import { sendInSession } from "./in-dialog-client.ts";
import { InDialogServer } from "./in-dialog-server.ts";
import type { UsageHost } from "./invite-usage.ts";
import { LeaveTaking } from "./leave-taking.ts";
import type { Leg } from "./leg.ts";
import { LegSet } from "./leg-set.ts";
import { Modifier } from "./modifier.ts";
import { PeerIdentity } from "./peer-identity.ts";
import { ReinviteServer } from "./reinvite-server.ts";
import { SessionCourse } from "./session-course.ts";
import { SessionLines } from "./session-lines.ts";
import type { SessionInput } from "./session-state.ts";
import { SessionTimer } from "./session-timer.ts";
import type {
  EndCause,
  EndOptions,
  InDialogOptions,
  ModifyOptions,
  ModifyResult,
  SessionEnd,
  SessionEvents,
  SessionState,
} from "./values.ts";

const abstractHandlers: SessionHandlers = {
  offer: () => {
    throw wrongState("an offer", "without handlers", "taken by its owner");
  },
  answer: () => ({ status: 488 }),
  accepted: () => ({ status: 488 }),
};

export abstract class BaseSession implements InviteSession, UsageHost {
  abstract readonly direction: "outgoing" | "incoming";
  readonly house: SessionHouse;
  readonly identity: LocalIdentity;
  readonly localSessionId: string;
  readonly events = new Emitter<SessionEvents>();
  readonly course = new SessionCourse();
  readonly confirmed: Promise<Leg> = this.course.confirmed;
  readonly ended: Promise<SessionEnd> = this.course.ended;
  readonly peer: PeerIdentity;
  readonly modifier = new Modifier(this);
  readonly reinvites = new ReinviteServer(this);
  readonly inDialog = new InDialogServer(this);
  readonly leaving = new LeaveTaking(this);
  readonly legSet = new LegSet(this);
  readonly lines = new SessionLines(this);
  readonly sessionTimer: SessionTimer;
  handlers: SessionHandlers = abstractHandlers;
  #remoteSessionId: string | undefined;

  /** @param sessionId Our half of Session-ID (RFC 7989 §4.1). */
  constructor(house: SessionHouse, identity: LocalIdentity, sessionId: string) {
    const { environment } = house;
    this.house = house;
    this.identity = identity;
    this.localSessionId = sessionId;
    this.peer = new PeerIdentity(environment, (address) => this.events.emit("remoteIdentity", address));
    this.sessionTimer = new SessionTimer(environment, {
      refresh: () => this.#refresh(),
      expire: () => this.leave("session-expired", {}),
    });
    house.sessions.add(this);
    environment.counters.sessions++;
  }

  abstract get callId(): string;
  abstract get localAddress(): NameAddr;
  abstract get remoteAddress(): NameAddr;
  /** Takes leave before there is a 2xx. */
  abstract leaveEarly(options: EndOptions): void;
  /** The PRACKs of the first INVITE, where it came to us. */
  onInitialPrack?(transaction: ServerTransaction, request: SipRequest): void;
  onInitialAck?(request: SipRequest): void;

  get state(): SessionState {
    return this.course.state;
  }

  get privacy(): PrivacyOptions | undefined {
    return this.handlers.privacy;
  }

  get assertedIdentity(): NameAddr | undefined {
    return this.peer.asserted;
  }

  get over(): AbortSignal {
    return this.course.over;
  }

  get outcome(): SessionEnd | undefined {
    return this.course.end;
  }

  get isLeaving(): boolean {
    return this.leaving.isLeaving;
  }

  get current(): Leg | undefined {
    return this.legSet.current;
  }

  get leg(): Leg | undefined {
    return this.legSet.current;
  }

  get legs(): readonly Leg[] {
    return this.legSet.all;
  }

  get sessionId(): { readonly local: string; readonly remote: string | undefined } {
    return { local: this.localSessionId, remote: this.current?.ids.remote ?? this.#remoteSessionId };
  }

  get timer(): InviteSession["timer"] {
    return this.sessionTimer.agreed;
  }

  get session(): this {
    return this;
  }

  onError(error: unknown): void {
    this.house.environment.onError(error);
  }

  end(options: EndOptions = {}): Promise<SessionEnd> {
    this.leaving.start(options);
    return this.ended;
  }

  /** RFC 3891 §3: another session takes the place of this one. */
  giveWay(): void {
    this.leaving.start({ reasons: [{ protocol: "SIP", cause: 200, text: "Replaced" }] }, "replaced");
  }

  leave(cause: EndCause, options: EndOptions): void {
    this.leaving.bye(cause, options);
  }

  reinvite(options: ModifyOptions = {}): Promise<ModifyResult> {
    return handled(this.modifier.modify("INVITE", options));
  }

  update(options: ModifyOptions = {}): Promise<ModifyResult> {
    return handled(this.modifier.modify("UPDATE", options));
  }

  modify(options: ModifyOptions = {}): Promise<ModifyResult> {
    return handled(this.modifier.modify("any", options));
  }

  refer(target: Uri | string | InviteSession, options: ReferOptions = {}): Promise<OutgoingRefer> {
    return handled(this.house.refer(this, target, options));
  }

  request(method: string, options: InDialogOptions = {}): Promise<RequestResult> {
    return handled(sendInSession(this, method, options));
  }

  replacesValue(options: { readonly earlyOnly?: boolean } = {}): string {
    const leg = this.#legOrThrow("Replaces");
    // RFC 3891 §6.1: as its reader sees it, to-tag is the reader's.
    const early = options.earlyOnly === true ? ";early-only" : "";
    return `${leg.callId};to-tag=${leg.remoteTag || "0"};from-tag=${leg.localTag}${early}`;
  }

  targetDialogValue(): string {
    const leg = this.#legOrThrow("Target-Dialog");
    // RFC 4538 §3: as its reader sees it, local-tag is the reader's.
    return `${leg.callId};local-tag=${leg.remoteTag || "0"};remote-tag=${leg.localTag}`;
  }

  addLeg(dialog: Dialog): Leg {
    return this.legSet.add(dialog);
  }

  endLeg(leg: Leg): void {
    if (this.legSet.end(leg) && this.state !== "ended") this.events.emit("legEnded", leg);
  }

  step(input: SessionInput): void {
    this.course.step(input);
  }

  /** The ACK is sent or received. */
  acknowledge(leg: Leg, fault: SipError | undefined): void {
    if (this.state === "ended") return;
    this.step("ack");
    if (fault !== undefined) {
      this.course.reject(fault);
      this.leave("negotiation", {});
      return;
    }
    if (this.leaving.resume()) return;
    this.course.confirm(leg);
    this.events.emit("confirmed", leg);
  }

  reply(
    transaction: ServerTransaction,
    request: SipRequest,
    status: number,
    headers: readonly HeaderLine[] = [],
  ): void {
    respond(this.house.environment, transaction, request, status, {
      headers: [...this.lines.response(request, status), ...headers],
    });
  }

  learn(message: SipMessage, leg: Leg): void {
    leg.learn(message);
  }

  heed(message: SipMessage, leg: Leg, flow: Flow): void {
    leg.learnInfoPackages(message);
    this.peer.hear(message, flow, leg.dialog);
  }

  onUsageLost(leg: Leg, status: number): void {
    if (leg === this.current && this.state === "confirmed") {
      this.leave(status === 408 ? "timeout" : "dialog-lost", {});
    }
  }

  finish(parts: Omit<SessionEnd, "reasons">): void {
    const end = this.course.finish(parts);
    if (end === undefined) return;
    this.#remoteSessionId = this.current?.ids.remote;
    this.sessionTimer.stop();
    this.onOver();
    this.reinvites.end();
    for (const leg of this.legs) {
      leg.dialog.fail();
      this.endLeg(leg);
    }
    this.house.sessions.delete(this);
    this.house.environment.counters.sessions--;
    this.course.tell(end);
    this.events.emit("ended", end);
  }

  /** For what only one direction has to tidy up. */
  protected onOver(): void {}

  async #refresh(): Promise<boolean> {
    try {
      await this.modifier.modify("any", { purpose: "refresh" });
      return true;
    } catch {
      return false;
    }
  }

  #legOrThrow(what: string): Leg {
    if (this.current === undefined || this.state === "ended") throw wrongState(what, this.state, "in a dialog");
    return this.current;
  }
}
