/** A dialog: who, where, by which way, and in which order. RFC 3261 §12. */

import { Contact } from "../message/fields/address.ts";
import type { SipMessage, SipRequest } from "../message/message.ts";
import { formatNameAddr } from "../message/name-addr.ts";
import { withParam } from "../message/params.ts";
import { isSipUri } from "../message/uri.ts";
import type { NameAddr, Uri } from "../message/values.ts";
import type { Flow } from "../transport/contract.ts";
import type { DialogId, DialogUsage } from "./contract.ts";
import { type DialogInput, DialogState, nextDialogState } from "./dialog-state.ts";
import { type RoutedRequest, type RouteSet, routeRequest } from "./route-set.ts";

export interface DialogParts extends DialogId {
  /** Whether we sent the request that made it. */
  readonly isCaller: boolean;
  readonly state: "early" | "confirmed";
  /** As it stands in From or To, without its tag. */
  readonly local: NameAddr;
  readonly remote: NameAddr;
  readonly remoteTarget: Uri;
  readonly routeSet: RouteSet;
  /** §12.1.1: made over TLS with a sips Request-URI. */
  readonly isSecure: boolean;
  /** `undefined`: nothing sent yet. */
  readonly localSequence: number | undefined;
  readonly remoteSequence: number | undefined;
  /** The connection that its requests leave by while it is open (RFC 5626 §4.3). */
  readonly flow?: Flow | undefined;
}

/** `late`: its CSeq is not above those before it, which is answered 500 (§12.2.2). */
export type Order = "in-order" | "late";

/** From and To with their tags, Call-ID, Request-URI, Route and where it goes. */
export interface InDialogRequest extends RoutedRequest {
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly sequence: number;
}

export class Dialog implements DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly isCaller: boolean;
  readonly isSecure: boolean;
  flow: Flow | undefined;
  #local: NameAddr;
  #remote: NameAddr;
  #state: DialogState;
  #routeSet: RouteSet;
  #remoteTarget: Uri;
  #localSequence: number | undefined;
  #remoteSequence: number | undefined;
  readonly #usages: DialogUsage[] = [];
  readonly #onTerminated: (dialog: Dialog) => void;

  /** @param onTerminated Called once, after which nothing is received in it. */
  constructor(parts: DialogParts, onTerminated: (dialog: Dialog) => void = () => {}) {
    this.callId = parts.callId;
    this.localTag = parts.localTag;
    this.remoteTag = parts.remoteTag;
    this.isCaller = parts.isCaller;
    this.isSecure = parts.isSecure;
    this.#local = parts.local;
    this.#remote = parts.remote;
    this.flow = parts.flow;
    this.#state = parts.state;
    this.#routeSet = parts.routeSet;
    this.#remoteTarget = parts.remoteTarget;
    this.#localSequence = parts.localSequence;
    this.#remoteSequence = parts.remoteSequence;
    this.#onTerminated = onTerminated;
  }

  get state(): DialogState {
    return this.#state;
  }

  /** As it stands in From or To, without its tag. */
  get local(): NameAddr {
    return this.#local;
  }

  get remote(): NameAddr {
    return this.#remote;
  }

  /** §8.1.1.8, §12.1.1, §12.2.1.1: whether our Contact in it must be a sips URI. */
  get needsSips(): boolean {
    const first = this.#routeSet[0]?.uri.scheme;
    return this.isSecure || this.#remoteTarget.scheme === "sips" || first === "sips";
  }

  get routeSet(): RouteSet {
    return this.#routeSet;
  }

  get remoteTarget(): Uri {
    return this.#remoteTarget;
  }

  get remoteSequence(): number | undefined {
    return this.#remoteSequence;
  }

  /** In the order in which they began. */
  get usages(): readonly DialogUsage[] {
    return this.#usages;
  }

  /**
   * §13.2.2.4: the 2xx confirms it; its Record-Route replaces the early route set, since only of the 2xx is it sure that the
   * way is whole.
   */
  confirm(routeSet?: RouteSet): void {
    if (this.#state === "early" && routeSet !== undefined) this.#routeSet = routeSet;
    this.#step("success");
  }

  /** An early dialog whose request failed (§12.3); nothing happens to a confirmed one. */
  fail(): void {
    this.#step("failure");
  }

  addUsage(usage: DialogUsage): void {
    if (!this.#usages.includes(usage)) this.#usages.push(usage);
  }

  /** RFC 5057 §2: with the last one goes the dialog. */
  removeUsage(usage: DialogUsage): void {
    const at = this.#usages.indexOf(usage);
    if (at === -1) return;
    this.#usages.splice(at, 1);
    if (this.#usages.length === 0) this.#step("unused");
  }

  /** RFC 5057 §5.1: ends it and every usage. */
  lose(status: number): void {
    const usages = this.#usages.splice(0);
    this.#step("lost");
    for (const usage of usages) usage.onDialogLost(status);
  }

  /** §12.2.2: checks and notes a request's CSeq. Not for ACK and CANCEL, which repeat an INVITE's. */
  receive(request: SipRequest): Order {
    const sequence = request.cseq?.sequence ?? 0;
    // One that came before is the same request by another way; its answer is on its way.
    if (this.#remoteSequence !== undefined && sequence <= this.#remoteSequence) return "late";
    this.#remoteSequence = sequence;
    return "in-order";
  }

  /** §12.2.1.2, §12.2.2: Contact of a target refresh request, or of a response to one, is the new remote target. */
  refreshTarget(message: SipMessage): void {
    const contact = message.get(Contact);
    if (contact !== undefined && contact !== "*" && isSipUri(contact.uri)) this.#remoteTarget = contact.uri;
  }

  /** RFC 4916 §4.4.1: From of later requests; the tag stays. */
  renameLocal(address: NameAddr): void {
    this.#local = address;
  }

  /** RFC 4916 §4.4.2: To of later requests; the tag stays. */
  renameRemote(address: NameAddr): void {
    this.#remote = address;
  }

  /** §12.2.1.1: the number of the next request. */
  nextSequence(): number {
    this.#localSequence = this.#localSequence === undefined ? 1 : this.#localSequence + 1;
    return this.#localSequence;
  }

  /** §12.2.1.1: what a request of this dialog consists of; it takes the next number. */
  nextRequest(): InDialogRequest {
    return { ...this.#parts(), sequence: this.nextSequence() };
  }

  /**
   * §13.2.2.4: of an ACK, which has the number of its INVITE.
   * @param target Where a redirection leads (§12.2.1.2). Default: the remote target.
   */
  ackRequest(sequence: number, target?: Uri): InDialogRequest {
    return { ...this.#parts(target), sequence };
  }

  #parts(target = this.#remoteTarget): Omit<InDialogRequest, "sequence"> {
    const { local, remote, localTag, remoteTag, callId } = this;
    return {
      ...routeRequest(target, this.#routeSet),
      from: formatNameAddr({ ...local, params: withParam(local.params, "tag", localTag) }),
      to: formatNameAddr(remoteTag === "" ? remote : { ...remote, params: withParam(remote.params, "tag", remoteTag) }),
      callId,
    };
  }

  #step(input: DialogInput): void {
    const before = this.#state;
    this.#state = nextDialogState(before, input);
    if (this.#state === DialogState.terminated && before !== DialogState.terminated) this.#onTerminated(this);
  }
}
