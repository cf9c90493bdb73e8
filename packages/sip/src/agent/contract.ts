/** A user agent's core: what it is given, what it decides through handlers, what it can be asked to do. RFC 3261 §8. */

import type { Clock, TimerWheel } from "@trapezoid/base";
import type { Hash } from "../auth/hash.ts";
import type { DialogTable } from "../dialog/dialog-table.ts";
import type { Locator } from "../locate/contract.ts";
import type { HeaderLine } from "../message/build.ts";
import type { NameAddr, Uri } from "../message/values.ts";
import type { TimerSettings, TransactionLayer, TransactionUser } from "../transaction/contract.ts";
import type { Flow, Transport, TransportHandler } from "../transport/contract.ts";
import type { IdentityOptions, LocalIdentity } from "./core/identity.ts";
import type { Publication, PublicationOptions } from "./publication/contract.ts";
import type { OutgoingRefer, ReferOptions } from "./refer/contract.ts";
import type { RegistrationClient, RegistrationOptions } from "./registration/contract.ts";
import type { IncomingRequest, PrivacyOptions, Refusal, Reply, RequestResult } from "./request/contract.ts";
import type {
  IncomingRefer,
  IncomingSession,
  InviteSession,
  OutgoingSession,
  SessionHandlers,
} from "./session/contract.ts";
import type { ReasonValue, SessionBody } from "./session/values.ts";
import type { IncomingSubscribe, Subscription, SubscriptionOptions } from "./subscription/contract.ts";

/**
 * Decide what reaches us from outside of dialogs. A method without its handler is not in Allow, and is answered 405 (RFC 3261 §8.2.1), INVITE
 * among them: who gives no `onInvite` cannot be called. 501 is for methods that nobody knows.
 */
export interface CoreHandlers {
  /**
   * A call. Whoever takes it returns the session's handlers and goes on by `ring`, `progress`, `accept` and `reject`; a refusal is sent at
   * once; nothing at all is 480.
   */
  onInvite?(session: IncomingSession): SessionHandlers | Refusal | undefined;
  /** RFC 3428. */
  onMessage?(request: IncomingRequest): Reply | Promise<Reply>;
  /** More for the answer to OPTIONS, or a refusal. OPTIONS is answered 200 without it (§11.2). */
  onOptions?(request: IncomingRequest): Reply;
  /** REFER outside of a session. */
  onRefer?(refer: IncomingRefer): void | Promise<void>;
  /** RFC 6665 §4.2. The event packages that it takes are in `eventPackages`; others are answered 489. */
  onSubscribe?(subscribe: IncomingSubscribe): void | Promise<void>;
  /** NOTIFY that belongs to no subscription, such as what mailboxes send unasked (RFC 3842). Missing: 481. */
  onUnsolicitedNotify?(request: IncomingRequest): Reply | Promise<Reply>;
  /** Other methods, by name. */
  readonly methods?: Readonly<Record<string, (request: IncomingRequest) => Reply | Promise<Reply>>>;
  /**
   * Asked before all else for each new request outside of dialogs: access lists, digest. `undefined` lets it in.
   */
  admit?(request: IncomingRequest): Refusal | undefined;
  /** The same for each request within a dialog but ACK and CANCEL (RFC 3261 §22.1). Default: they are let in. */
  admitInDialog?(request: IncomingRequest): Refusal | undefined;
  /**
   * RFC 3911 §4: whether a Request-URI is a conference's. Then an INVITE with a Join that names nothing of ours is a call to the conference,
   * and not 481. Default: none is.
   */
  isConference?(uri: Uri): boolean;
}

export interface UserAgentOptions {
  readonly transport: Transport;
  /** `locateSentBy`: for responses to who is known by name alone (RFC 3263 §5). */
  readonly locator: Pick<Locator, "locate" | "reportFailure" | "reportSuccess"> &
    Partial<Pick<Locator, "locateSentBy">>;
  readonly wheel: TimerWheel;
  /** Also the source of random octets. */
  readonly hash: Hash;
  readonly identity: IdentityOptions;
  readonly handlers?: CoreHandlers;
  /** A layer that others use, too: then its owner passes on what is ours to `core.user`. Default: one of our own. */
  readonly transactions?: TransactionLayer;
  /** For our own layer. Default 0. */
  readonly workerId?: number;
  readonly timers?: Partial<TimerSettings>;
  /** User-Agent and Server. Default `Trapezoid`; "" leaves them out. */
  readonly product?: string;
  /** Types of bodies that can be received. Default application/sdp, and message/sipfrag where REFER is used. */
  readonly accept?: readonly string[];
  /** Option tags beside our own, which the owner takes care of. */
  readonly supported?: readonly string[];
  /** Event packages that `onSubscribe` takes. */
  readonly eventPackages?: readonly string[];
  readonly sessionTimer?: Partial<SessionTimerSettings>;
  /** RFC 3262 as caller. Default `supported`. */
  readonly reliableProvisional?: "off" | "supported" | "required";
  /**
   * RFC 4916: says from-change in Supported, sends to where From has moved, and tells a caller that knows of it by UPDATE who has
   * answered. Default false: one more message for each call that is answered.
   */
  readonly connectedIdentity?: boolean;
  /**
   * Whether sessions and subscriptions tell their peers by themselves when a registration finds its identity at another address
   * (`contactChanged`), with an offer where the session is up. Default true; else `core.retarget` does it.
   */
  readonly followAddress?: boolean;
  /** RFC 3325 §4: whose P-Asserted-Identity is believed, and whom ours is told. Default nobody. */
  readonly isTrusted?: (flow: Flow) => boolean;
  readonly limits?: Partial<AgentLimits>;
  /** An exception of a handler. Default: thrown in a microtask. */
  readonly onError?: (error: unknown) => void;
}

/** RFC 4028. */
export interface SessionTimerSettings {
  /** Asked for; 0: no timer of ours. Default 1800. */
  readonly expiresSeconds: number;
  /** The least that we take: 422 below. Default 90, the least that there is. */
  readonly minSeconds: number;
  /** Who is to refresh, where we may choose. Default: the caller. */
  readonly refresher: "local" | "remote" | "any";
}

export interface AgentLimits {
  /** New calls beyond are answered 486. Default 1,000. */
  readonly sessions: number;
  /** Dialogs of one forked INVITE. Default 16. */
  readonly legs: number;
  /** Contacts tried after 3xx. Default 8. */
  readonly redirects: number;
  /** Subscriptions to us; beyond, 503. Default 1,000. */
  readonly subscriptions: number;
  /** Servers whose challenges are remembered. Default 64. */
  readonly digestPaths: number;
  /** Attempts of a change that meets others (491). Default 5. */
  readonly glareAttempts: number;
  /** Requests outside of dialogs that wait for a handler. Default 1,000. */
  readonly pendingRequests: number;
}

/** Plain numbers, read at scrape. */
export interface AgentCounters {
  /** Now; the next two count since the start. */
  sessions: number;
  sessionsIncoming: number;
  sessionsOutgoing: number;
  subscriptions: number;
  registrations: number;
  /** Requests answered without a handler's word, by status. */
  refused: Record<number, number>;
  /** Requests that wait for the word of a handler. */
  pendingRequests: number;
  requestsSent: number;
  redirectsFollowed: number;
  failovers: number;
  challengesAnswered: number;
  glares: number;
  handlerErrors: number;
}

export interface RequestOptions {
  /** Default: the core's. */
  readonly identity?: LocalIdentity;
  /** To, where it is not the target. */
  readonly to?: NameAddr | string;
  /** Route set to go by. Default: the identity's (§8.1.1.1, RFC 3608). */
  readonly route?: readonly (Uri | string)[];
  readonly headers?: readonly HeaderLine[];
  readonly body?: SessionBody;
  /** Follow 3xx (§8.1.3.4). Default true. */
  readonly followRedirects?: boolean;
  readonly privacy?: PrivacyOptions;
  readonly signal?: AbortSignal;
}

export interface OutsideReferOptions extends ReferOptions {
  /** RFC 4538: a session with whoever gets the REFER, which proves that we may ask. Its peer must support `tdialog`. */
  readonly targetDialog?: InviteSession;
}

export interface InviteOptions extends Omit<RequestOptions, "body"> {
  readonly handlers: SessionHandlers;
  /** No offer in the INVITE: the callee offers, we answer in PRACK or ACK. Default false. */
  readonly withoutOffer?: boolean;
  /** RFC 3891: the value of Replaces. */
  readonly replaces?: string;
  /** RFC 3911: the value of Join. */
  readonly join?: string;
  /** RFC 3892. */
  readonly referredBy?: NameAddr;
  /** RFC 7989 §6: the session that this one goes on from, as after a transfer: it keeps our half of its identifier. */
  readonly continues?: InviteSession;
  /** Seconds, in Expires: how long the callee may ring (§13.2.1). */
  readonly expiresSeconds?: number;
  /** Reason in the CANCEL when `signal` is aborted. */
  readonly cancelReasons?: readonly ReasonValue[];
}

export interface UserAgentCore {
  /** For a transaction layer that is shared. */
  readonly user: TransactionUser;
  readonly transactions: TransactionLayer;
  /** `transport.handler = core.transportHandler`, or through the owner of a shared transport. */
  readonly transportHandler: TransportHandler;
  readonly dialogs: DialogTable;
  readonly sessions: ReadonlySet<InviteSession>;
  readonly identity: LocalIdentity;
  readonly counters: AgentCounters;
  readonly clock: Clock;
  /** Another identity: a trunk's account, a second line. */
  addIdentity(options: IdentityOptions): LocalIdentity;
  /** A call. Throws `TypeError` when the target is no URI; all else is told by the session. */
  invite(target: Uri | string, options: InviteOptions): OutgoingSession;
  /** Any request outside of dialogs; rejects with a `SipError` unless it is answered 2xx. */
  request(method: string, target: Uri | string, options?: RequestOptions): Promise<RequestResult>;
  /** RFC 3428. One to an address waits until those before it are answered (§8). */
  message(target: Uri | string, body: SessionBody, options?: RequestOptions): Promise<RequestResult>;
  /** RFC 3261 §11. */
  options(target: Uri | string, options?: RequestOptions): Promise<RequestResult>;
  /**
   * We are somewhere else: each session of the identity (default: the core's) sends an UPDATE or re-INVITE with a new offer and a new
   * Contact, each subscription of either side is refreshed. What fails goes to `onError`.
   */
  retarget(identity?: LocalIdentity): void;
  /** REFER outside of a session. */
  refer(
    target: Uri | string,
    referTo: Uri | string,
    options?: RequestOptions & OutsideReferOptions,
  ): Promise<OutgoingRefer>;
  subscribe(target: Uri | string, options: SubscriptionOptions): Subscription;
  publish(target: Uri | string, options: PublicationOptions): Publication;
  register(options?: RegistrationOptions): RegistrationClient;
  /** Ends sessions, subscriptions, publications and registrations, and waits for the answers, at most `graceMs` (default 2,000). */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
