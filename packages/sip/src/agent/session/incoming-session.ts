/** A call to us: the first INVITE until its ACK, its CANCEL, and what it replaces. RFC 3261 §9.2, §13.3; RFC 3262 §3; RFC 3891 §3. */

import { CallbackTimer } from "@trapezoid/base";
import type { DialogId } from "../../dialog/contract.ts";
import type { DialogParts } from "../../dialog/dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import { Contact } from "../../message/fields/address.ts";
import { Require } from "../../message/fields/capability.ts";
import { Expires } from "../../message/fields/time.ts";
import type { SipRequest } from "../../message/message.ts";
import { nameAddr } from "../../message/name-addr.ts";
import type { NameAddr, Uri } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Flow } from "../../transport/contract.ts";
import { anonymous } from "../core/contact-text.ts";
import { handled } from "../core/handled.ts";
import { newSessionId } from "../core/identifiers.ts";
import type { LocalIdentity } from "../core/identity.ts";
import type { Replacement } from "../core/replacement.ts";
import { toUri } from "../core/target.ts";
import { targetDialogOf } from "../core/target-dialog.ts";
import { isAnonymous } from "../core/trust.ts";
import { notSupported, SipError, sessionOver } from "../errors.ts";
import type { Refusal } from "../request/contract.ts";
import { BaseSession } from "./base-session.ts";
import type { IncomingSession, InviteSession } from "./contract.ts";
import type { SessionHouse } from "./house.ts";
import { InviteServer, type InviteServerHost } from "./invite-server.ts";
import type { UsageHost } from "./invite-usage.ts";
import type { Leg } from "./leg.ts";
import { reasonLines } from "./reason.ts";
import type { EndOptions, ProvisionalOptions, RefuseOptions, SessionBody } from "./values.ts";

export class IncomingCall extends BaseSession implements IncomingSession, InviteServerHost {
  readonly direction = "incoming";
  readonly purpose = "initial";
  readonly invite: SipRequest;
  readonly isAnonymous: boolean;
  readonly targetDialog: DialogId | undefined;
  readonly joins: InviteSession | undefined;
  readonly #replaces: UsageHost | undefined;
  readonly #leg: Leg;
  readonly #server: InviteServer;
  readonly #requiresReliable: boolean;
  readonly #expiry: CallbackTimer;
  readonly #flow: Flow;
  readonly #timer: Refusal | { readonly lines: HeaderLine[]; readonly start: () => void };
  /** The CANCEL, once there is one. */
  #cancel: SipRequest | undefined;

  constructor(
    house: SessionHouse,
    identity: LocalIdentity,
    transaction: ServerTransaction,
    request: SipRequest,
    parts: DialogParts,
    replacement: Replacement | undefined,
  ) {
    // RFC 7989 §6: who is replaced keeps its half.
    super(house, identity, replacement?.replaces?.localSessionId ?? newSessionId(house.environment.hash));
    const { environment } = house;
    const { flow } = transaction;
    environment.counters.sessionsIncoming++;
    this.invite = request;
    this.#replaces = replacement?.replaces;
    this.joins = replacement?.joins?.session;
    this.isAnonymous = isAnonymous(request);
    this.targetDialog = targetDialogOf(request, environment.dialogs);
    this.peer.begin(request, flow);
    this.#flow = flow;
    this.#leg = this.addLeg(environment.dialogs.add({ ...parts, flow: identity.owns(flow) ? flow : undefined }));
    this.legSet.current = this.#leg;
    this.learn(request, this.#leg);
    this.#leg.learnInfoPackages(request);
    this.#leg.ids.learn(request);
    this.#requiresReliable = request.getAll(Require).some((option) => option.toLowerCase() === "100rel");
    this.#server = new InviteServer(environment, transaction, request, this.#leg, this);
    this.#timer = this.sessionTimer.judge(request);
    // §13.3.1: what it asks for has come too late then.
    this.#expiry = new CallbackTimer(() => this.#server.fail({ status: 487 }));
    const expires = request.get(Expires);
    if (expires !== undefined) environment.wheel.arm(this.#expiry, expires * 1000);
  }

  /** Of every response to the INVITE. */
  get localTag(): string {
    return this.#leg.localTag;
  }

  get callId(): string {
    return this.#leg.callId;
  }

  get localAddress(): NameAddr {
    return this.#leg.dialog.local;
  }

  get remoteAddress(): NameAddr {
    return this.#leg.dialog.remote;
  }

  get replaces(): InviteSession | undefined {
    return this.#replaces?.session;
  }

  get contact(): string {
    return this.lines.contact(this.#flow, this.invite, this.#leg);
  }

  get offer(): SessionBody | undefined {
    return this.#server.offer;
  }

  /** What is to be said before its owner is asked: 422 (RFC 4028 §9). */
  get refusal(): Refusal | undefined {
    return "status" in this.#timer ? this.#timer : undefined;
  }

  ring(options: ProvisionalOptions = {}): Promise<void> {
    return this.progress({ status: 180, withSession: false, ...options });
  }

  progress(options: ProvisionalOptions = {}): Promise<void> {
    return handled(this.#progress(options));
  }

  accept(options: { readonly headers?: readonly HeaderLine[] } = {}): Promise<Leg> {
    return handled(this.#server.succeed(options.headers ?? []).then(() => this.confirmed));
  }

  reject(status: number, options: RefuseOptions = {}): void {
    const { reason, headers = [], reasons } = options;
    if (!(status >= 300 && status <= 699)) throw new TypeError(`a refusal has a status from 300 to 699, got ${status}`);
    this.#server.fail({ status, reason, headers: [...reasonLines(reasons), ...headers] });
  }

  redirect(contacts: readonly (Uri | string)[], options: RefuseOptions & { readonly status?: number } = {}): void {
    const { status = contacts.length > 1 ? 300 : 302, headers = [] } = options;
    const lines: HeaderLine[] = contacts.map((contact) => ["Contact", Contact.format(nameAddr(toUri(contact)))]);
    this.reject(status, { ...options, headers: [...lines, ...headers] });
  }

  /** §9.2: has no effect once there is a final response. */
  onCancel(request: SipRequest): void {
    this.#cancel = request;
    this.#server.fail({ status: 487 });
  }

  linesOf(request: SipRequest, status: number): HeaderLine[] {
    const lines = this.lines.response(request, status);
    // RFC 3325 §5: who is called, or has answered.
    if (request === this.invite && status > 100 && status < 300) lines.push(...this.lines.responseIdentity(this.#flow));
    return lines;
  }

  override onInitialPrack(transaction: ServerTransaction, request: SipRequest): void {
    this.#server.onPrack(transaction, request).catch((error) => this.onError(error));
  }

  override onInitialAck(request: SipRequest): void {
    this.#server.onAck(request);
  }

  successLines(): HeaderLine[] {
    return "status" in this.#timer ? [] : this.#timer.lines;
  }

  onProvisionalSent(status: number): void {
    this.step("progress");
    this.events.emit("progress", this.#leg, status, undefined);
  }

  onSuccessSent(): void {
    this.house.environment.wheel.cancel(this.#expiry);
    this.step("success");
    if (!("status" in this.#timer)) this.#timer.start();
    this.events.emit("accepted", this.#leg);
    // RFC 3891 §3: the new one is there, the old one goes.
    this.#replaces?.giveWay();
  }

  onFailureSent({ status, reason = "" }: Refusal): void {
    const message = this.#cancel;
    this.finish({
      cause: message === undefined ? "rejected" : "cancelled",
      by: message === undefined ? "local" : "remote",
      status,
      reason,
      message,
    });
  }

  onAcknowledged(_body: SessionBody | undefined, fault: SipError | undefined): void {
    this.acknowledge(this.#leg, fault);
    if (this.state === "confirmed") this.#tellWhoAnswered();
  }

  onNoAck(): void {
    this.course.reject(
      new SipError(
        "SIP_UA_NO_ACK",
        "the caller never acknowledged our 200: its ACK is lost on the way, or it is gone",
        {
          status: 408,
        },
      ),
    );
    this.leave("no-ack", { reasons: [{ protocol: "SIP", cause: 408, text: "No ACK" }] });
  }

  override leaveEarly(options: EndOptions): void {
    const { status = 603, reasons, headers } = options;
    this.#server.fail({ status, headers: [...reasonLines(reasons), ...(headers ?? [])] });
  }

  protected override onOver(): void {
    this.house.environment.wheel.cancel(this.#expiry);
    this.#server.end();
  }

  /** RFC 4916 §4.2: by UPDATE, to who has said that From may change. */
  #tellWhoAnswered(): void {
    const leg = this.#leg;
    if (!this.house.environment.connectedIdentity || !leg.supports("from-change") || leg.allows("UPDATE") === false)
      return;
    const localAddress = this.privacy?.anonymous === true ? anonymous : this.identity.address;
    // Who refuses it has the call all the same.
    void this.update({ withoutOffer: true, localAddress });
  }

  async #progress(options: ProvisionalOptions): Promise<void> {
    const { status = 183, reason, headers } = options;
    if (!(status > 100 && status < 200)) {
      throw new TypeError(`a provisional response has a status from 101 to 199, got ${status}`);
    }
    if (this.state === "ended") throw sessionOver("a provisional response", this.outcome?.cause ?? "ended");
    const withSession = options.withSession ?? true;
    const knows = this.#requiresReliable || this.#leg.supports("100rel");
    if (options.reliable === true && !knows) throw notSupported("100rel", "the caller");
    // RFC 3262 §3: where the caller requires it, each of them is reliable.
    const reliable = this.#requiresReliable || (options.reliable ?? (withSession && knows && this.house.mayBeReliable));
    await this.#server.provisional(status, { reason, headers, withSession, reliable });
  }
}
