/** What calls of ours and calls to us have in common: legs, state, leave-taking, and the parts that do the rest. RFC 3261 §12 to §15. */

import { Emitter } from "@trapezoid/base";
import type { Dialog } from "../../dialog/dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import type { SipMessage, SipRequest } from "../../message/message.ts";
import { withoutParam } from "../../message/params.ts";
import { reasonPhrase } from "../../message/reason-phrases.ts";
import type { NameAddr, Uri } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import { handled } from "../core/handled.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { respond } from "../core/responder.ts";
import { type SipError, sessionOver, wrongState } from "../errors.ts";
import type { OutgoingRefer, ReferOptions } from "../refer/contract.ts";
import type { RequestResult } from "../request/contract.ts";
import { errorOf, sendInDialog } from "../request/dialog-request.ts";
import type { InviteSession, SessionHandlers } from "./contract.ts";
import type { SessionHouse } from "./house.ts";
import { InDialogServer } from "./in-dialog-server.ts";
import { InviteUsage } from "./invite-usage.ts";
import { Leg } from "./leg.ts";
import { Modifier } from "./modifier.ts";
import { reasonLines, reasonsOf, statusOfReasons } from "./reason.ts";
import { ReinviteServer } from "./reinvite-server.ts";
import { SessionIdentifier } from "./session-id.ts";
import { type SessionInput, sessionTable } from "./session-state.ts";
import { SessionTimer } from "./session-timer.ts";
import type {
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

const always = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "PRACK", "UPDATE", "NOTIFY"];

export abstract class BaseSession implements InviteSession {
  abstract readonly direction: "outgoing" | "incoming";
  abstract readonly localAddress: NameAddr;
  readonly house: SessionHouse;
  readonly identity: LocalIdentity;
  readonly events = new Emitter<SessionEvents>();
  readonly confirmed: Promise<Leg>;
  readonly ended: Promise<SessionEnd>;
  readonly ids: SessionIdentifier;
  readonly modifier: Modifier;
  readonly reinvites: ReinviteServer;
  readonly inDialog: InDialogServer;
  readonly sessionTimer: SessionTimer;
  handlers: SessionHandlers = abstractHandlers;
  assertedIdentity: NameAddr | undefined;
  /** The one that was answered, else the last early one. */
  current: Leg | undefined;
  readonly #legs = new Map<Leg, InviteUsage>();
  readonly #over = new AbortController();
  #state: SessionState = "calling";
  #end: SessionEnd | undefined;
  #leaving: EndOptions | undefined;
  #isByeSent = false;
  #resolveConfirmed!: (leg: Leg) => void;
  #rejectConfirmed!: (error: SipError) => void;
  #resolveEnded!: (end: SessionEnd) => void;

  constructor(house: SessionHouse, identity: LocalIdentity, sessionId: string) {
    this.house = house;
    this.identity = identity;
    this.ids = new SessionIdentifier(sessionId);
    this.confirmed = handled(
      new Promise<Leg>((resolve, reject) => {
        this.#resolveConfirmed = resolve;
        this.#rejectConfirmed = reject;
      }),
    );
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.modifier = new Modifier(this);
    this.reinvites = new ReinviteServer(this);
    this.inDialog = new InDialogServer(this);
    this.sessionTimer = new SessionTimer(house.environment, {
      refresh: () => this.#refresh(),
      expire: () => this.leave("session-expired", {}),
    });
    house.sessions.add(this);
    house.environment.counters.sessions++;
  }

  abstract get callId(): string;
  abstract get remoteAddress(): NameAddr;
  /** Takes leave before there is a 2xx. */
  protected abstract leaveEarly(options: EndOptions): void;
  /** The PRACKs of the first INVITE, where it came to us. */
  onInitialPrack?(transaction: ServerTransaction, request: SipRequest): void;
  onInitialAck?(request: SipRequest): void;

  get state(): SessionState {
    return this.#state;
  }

  /** Aborted when the session is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  get leg(): Leg | undefined {
    return this.current;
  }

  get legs(): readonly Leg[] {
    return [...this.#legs.keys()];
  }

  get sessionId(): { readonly local: string; readonly remote: string | undefined } {
    return { local: this.ids.local, remote: this.ids.remote };
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
    if (this.#state !== "ended" && this.#leaving === undefined) {
      this.#leaving = options;
      if (this.#state === "calling" || this.#state === "early") {
        this.step("leave");
        this.leaveEarly(options);
      } else if (this.#state === "confirmed") this.leave("bye", options);
      // §15: between 2xx and ACK nobody may hang up; `acknowledge` does it.
    }
    return this.ended;
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
    return handled(this.#request(method, options));
  }

  replacesValue(options: { readonly earlyOnly?: boolean } = {}): string {
    const leg = this.#legOrThrow("Replaces");
    // RFC 3891 §6.1: as its reader sees it, to-tag is the reader's.
    const early = options.earlyOnly === true ? ";early-only" : "";
    return `${leg.callId};to-tag=${leg.remoteTag || "0"};from-tag=${leg.localTag}${early}`;
  }

  /** A dialog of this session, with its usage. */
  addLeg(dialog: Dialog): Leg {
    const leg = new Leg(dialog, this);
    const usage = new InviteUsage(this, leg);
    dialog.addUsage(usage);
    this.#legs.set(leg, usage);
    return leg;
  }

  /** An early dialog that comes to nothing, or a superfluous one after its BYE. */
  endLeg(leg: Leg): void {
    const usage = this.#legs.get(leg);
    if (usage === undefined) return;
    this.#legs.delete(leg);
    leg.negotiation.end();
    leg.dialog.removeUsage(usage);
    if (this.current === leg) this.current = [...this.#legs.keys()].at(-1);
    if (this.#state !== "ended") this.events.emit("legEnded", leg);
  }

  step(input: SessionInput): void {
    this.#state = sessionTable[this.#state][input] ?? this.#state;
  }

  /** The ACK is sent or received. */
  acknowledge(leg: Leg, fault: SipError | undefined): void {
    if (this.#state === "ended") return;
    this.step("ack");
    if (fault !== undefined) {
      this.#rejectConfirmed(fault);
      this.leave("negotiation", {});
      return;
    }
    if (this.#leaving !== undefined) {
      this.leave("bye", this.#leaving);
      return;
    }
    this.#resolveConfirmed(leg);
    this.events.emit("confirmed", leg);
  }

  /** §15.1.1: BYE on the answered leg, and the end when it is answered, whatever the answer. */
  leave(cause: SessionEnd["cause"], options: EndOptions): void {
    const leg = this.current;
    if (this.#state === "ended" || this.#isByeSent) return;
    this.#leaving ??= options;
    this.step("leave");
    this.#isByeSent = true;
    this.sessionTimer.stop();
    const end = (): void => this.finish({ cause, by: "local", status: 0, reason: "", message: undefined });
    if (leg === undefined || leg.state === "ended") end();
    else this.bye(leg, options).then(end, end);
  }

  bye(leg: Leg, options: EndOptions): Promise<unknown> {
    const headers = [...this.requestLines("BYE"), ...reasonLines(options.reasons), ...(options.headers ?? [])];
    return sendInDialog(this.house.environment, leg.dialog, this.identity, { method: "BYE", headers });
  }

  /** §15.1.2. */
  onBye(transaction: ServerTransaction, request: SipRequest, leg: Leg): void {
    this.reply(transaction, request, 200);
    if (leg !== this.current && this.legs.length > 1) {
      this.endLeg(leg);
      return;
    }
    // A BYE that crosses ours ends it, too; ours has decided.
    if (this.#isByeSent) return;
    this.finish({ cause: "bye", by: "remote", status: 0, reason: "", message: request });
  }

  reply(
    transaction: ServerTransaction,
    request: SipRequest,
    status: number,
    headers: readonly HeaderLine[] = [],
  ): void {
    respond(this.house.environment, transaction, request, status, {
      headers: [...this.responseLines(request.method, status), ...headers],
    });
  }

  /** Lines of every request of this session. */
  requestLines(method: string): HeaderLine[] {
    const { capabilities } = this.house.environment;
    const lines: HeaderLine[] = [this.ids.line()];
    if (method === "INVITE" || method === "UPDATE") {
      lines.push(["Allow", this.allow], ["Supported", capabilities.supported], ...this.infoLines());
    }
    lines.push(...capabilities.productLine("User-Agent"));
    return lines;
  }

  /** Lines of every response of this session. */
  responseLines(method: string, status: number): HeaderLine[] {
    const shows = status === 405 || (status > 100 && status < 300 && (method === "INVITE" || method === "UPDATE"));
    return shows ? [this.ids.line(), ["Allow", this.allow], ...this.infoLines()] : [this.ids.line()];
  }

  /** RFC 6086 §4.1: an empty one says that none is wanted. */
  infoLines(): HeaderLine[] {
    const { receiveInfo } = this.handlers;
    return receiveInfo === undefined ? [] : [["Recv-Info", receiveInfo.join(", ")]];
  }

  /** §20.5: what its owner takes. */
  get allow(): string {
    const { onInfo, onMessage, onRefer } = this.handlers;
    const own = [...always];
    if (onInfo !== undefined) own.push("INFO");
    if (onMessage !== undefined) own.push("MESSAGE");
    if (onRefer !== undefined) own.push("REFER");
    return [...new Set([...own, ...this.house.environment.capabilities.extraMethods])].join(", ");
  }

  /** What a message of the peer says of it beside its body. */
  learn(message: SipMessage, leg: Leg): void {
    this.ids.learn(message);
    leg.learn(message);
  }

  /** The end, once. */
  finish(parts: Omit<SessionEnd, "reasons">): void {
    if (this.#state === "ended") return;
    this.step("over");
    const reasons = reasonsOf(parts.message);
    const status = parts.status === 0 ? statusOfReasons(reasons) : parts.status;
    const reason = parts.reason === "" && status !== 0 ? reasonPhrase(status) : parts.reason;
    const end: SessionEnd = { ...parts, status, reason, reasons };
    this.#end = end;
    this.sessionTimer.stop();
    this.#over.abort();
    this.onOver();
    this.reinvites.end();
    for (const leg of this.legs) {
      leg.dialog.fail();
      this.endLeg(leg);
    }
    this.house.sessions.delete(this);
    this.house.environment.counters.sessions--;
    this.#rejectConfirmed(
      sessionOver("the session", end.reason === "" ? end.cause : `${end.status} ${end.reason}`, end.status),
    );
    this.#resolveEnded(end);
    this.events.emit("ended", end);
  }

  /** How it ended; `undefined` while it has not. */
  get outcome(): SessionEnd | undefined {
    return this.#end;
  }

  rejectConfirmed(error: SipError): void {
    this.#rejectConfirmed(error);
  }

  /** For what only one direction has to tidy up. */
  protected onOver(): void {}

  /** From or To without its tag. */
  protected static withoutTag(address: NameAddr): NameAddr {
    return { ...address, params: withoutParam(address.params, "tag") };
  }

  async #refresh(): Promise<boolean> {
    try {
      await this.modifier.modify("any", { purpose: "refresh" });
      return true;
    } catch {
      return false;
    }
  }

  async #request(method: string, options: InDialogOptions): Promise<RequestResult> {
    const leg = this.#legOrThrow(method);
    const { headers = [], body, infoPackage, signal } = options;
    const lines: HeaderLine[] = [...this.requestLines(method), ...headers];
    if (infoPackage !== undefined) {
      lines.push(["Info-Package", infoPackage]);
      if (body !== undefined) lines.push(["Content-Disposition", "Info-Package"]);
    }
    const parts = {
      method,
      headers: lines,
      body,
      signal,
      onUsageLost: (status: number) => this.onUsageLost(leg, status),
    };
    const outcome = await sendInDialog(this.house.environment, leg.dialog, this.identity, parts);
    if (outcome.response === undefined || outcome.status >= 300) throw errorOf(method, outcome, signal);
    return { response: outcome.response };
  }

  /** RFC 5057 §5.1, RFC 3261 §12.2.1.2: the peer does not know the session any more, or cannot be reached. */
  onUsageLost(leg: Leg, status: number): void {
    if (this.#state === "ended" || leg !== this.current) return;
    if (this.#state === "confirmed") this.leave(status === 408 ? "timeout" : "dialog-lost", {});
  }

  #legOrThrow(what: string): Leg {
    if (this.current === undefined || this.#state === "ended") {
      throw wrongState(what, this.#state, "in a dialog");
    }
    return this.current;
  }
}
