/** Sessions as their owners see them: what they decide, what they ask for, what they are told. RFC 3261 §13 to §15, RFC 3262, 3311, 4028, 6337. */

import type { Emitter } from "@trapezoid/base";
import type { DialogId } from "../../dialog/contract.ts";
import type { HeaderLine } from "../../message/build.ts";
import type { SipMessage, SipRequest } from "../../message/message.ts";
import type { NameAddr, Uri } from "../../message/values.ts";
import type { OutgoingRefer, ReferOptions } from "../refer/contract.ts";
import type { IncomingRequest, PrivacyOptions, Refusal, Reply, RequestResult } from "../request/contract.ts";
import type {
  EndOptions,
  InDialogOptions,
  ModifyOptions,
  ModifyResult,
  ProvisionalOptions,
  RefuseOptions,
  SessionBody,
  SessionEnd,
  SessionEvents,
  SessionLeg,
  SessionState,
} from "./values.ts";

/** What an offer or answer is about. */
export interface NegotiationContext {
  readonly session: InviteSession;
  /** `undefined`: the offer of an INVITE, which every dialog that it makes answers for itself. */
  readonly leg: SessionLeg | undefined;
  /** `initial`: the session's first; `change`: somebody wants something else; `refresh`: nothing is to change (RFC 4028 §7.4). */
  readonly purpose: "initial" | "change" | "refresh";
  /** The message that brings the peer's body, or whose turn it is to bring ours. */
  readonly method: "INVITE" | "PRACK" | "UPDATE" | "ACK";
  /** The message with the peer's body, if there is one. */
  readonly message: SipMessage | undefined;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

/** An answer, or a no. */
export type AnswerDecision = SessionBody | Refusal;

/**
 * What a session asks its owner. Only one of them is open for a leg at a time. A promise that rejects, and an exception, count as 488 to an
 * offer, and end the session where there is nobody to tell.
 */
export interface NegotiationHandlers {
  /** Our offer: in the INVITE, or where the INVITE had none in its first reliable response (RFC 3261 §13.2.1). */
  offer(context: NegotiationContext): SessionBody | Promise<SessionBody>;
  /** The peer offers. A refusal's status goes back where there is a response to carry it: 488 for what is not acceptable. */
  answer(offer: SessionBody, context: NegotiationContext): AnswerDecision | Promise<AnswerDecision>;
  /**
   * The peer's answer to our offer. `isPreview`: it came in a provisional response that is not reliable; early media follows it, and it
   * comes once more, perhaps changed (RFC 6337 §3.1.1). A refusal ends the session, since what the peer has agreed to cannot be taken back.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement accepts.
  accepted(answer: SessionBody, context: NegotiationContext, isPreview: boolean): Refusal | void;
  /**
   * An answer that takes nothing of the offer (for SDP every stream with port 0): what is said where a message must carry an answer and
   * the call goes on no further. That is in ACK or PRACK when `answer` has refused the offer of a response, and when the offer came with
   * a 2xx that is one too many (RFC 3261 §13.2.2.4); and in the 200 to a PRACK whose offer was refused (RFC 6337 §2.3). Missing: such an
   * ACK and PRACK have no body, such an offer in PRACK is refused. To keep the call, give such an answer from `answer`.
   */
  decline?(offer: SessionBody, context: NegotiationContext): SessionBody;
  /** An offer that goes with a PRACK, once the first one has been answered (RFC 3262 §5); `undefined`: none. */
  offerInPrack?(leg: SessionLeg): SessionBody | undefined;
  /** An offer, whoever made it, came to nothing: what was agreed before holds (RFC 3261 §14.1, RFC 6141 §3). */
  rolledBack?(context: NegotiationContext): void;
}

/** Decides what a running session does. Who leaves one out refuses what it would decide. */
export interface SessionHandlers extends NegotiationHandlers {
  /** REFER within the dialog (RFC 3515). Missing: 405. Returning nothing, or not `accept`ing in time: 603. */
  onRefer?(refer: IncomingRefer): void | Promise<void>;
  /** INFO (RFC 6086). `infoPackage`: `undefined` for the bare kind. Missing, or a package that was not named in `receiveInfo`: 469. */
  onInfo?(request: IncomingRequest, infoPackage: string | undefined): Reply | Promise<Reply>;
  /** MESSAGE within the dialog (RFC 3428). Missing: 405. */
  onMessage?(request: IncomingRequest): Reply | Promise<Reply>;
  /** Another method within the dialog. Missing: 405, or 501 for an unknown one. */
  onRequest?(request: IncomingRequest): Reply | Promise<Reply>;
  /** Info packages to name in Recv-Info (RFC 6086 §5.2.2). */
  readonly receiveInfo?: readonly string[];
  /** What our messages tell of who we are. Of a call of ours, `InviteOptions.privacy` is the default. */
  readonly privacy?: PrivacyOptions;
}

/** What both sides of a session have. */
export interface InviteSession {
  readonly direction: "outgoing" | "incoming";
  readonly state: SessionState;
  readonly callId: string;
  /** From and To as they stand on our side. */
  readonly localAddress: NameAddr;
  readonly remoteAddress: NameAddr;
  /** RFC 3325: as asserted by a trusted neighbour. */
  readonly assertedIdentity: NameAddr | undefined;
  /** The answered one, else the last early one. */
  readonly leg: SessionLeg | undefined;
  readonly legs: readonly SessionLeg[];
  /** RFC 7989: 32 hexadecimal digits each; the remote half `undefined` until it is known. */
  readonly sessionId: { readonly local: string; readonly remote: string | undefined };
  readonly events: Emitter<SessionEvents>;
  /** Resolves when the ACK is sent or received; rejects with a `SipError` when it comes to nothing. */
  readonly confirmed: Promise<SessionLeg>;
  /** Resolves when it is over; never rejects. */
  readonly ended: Promise<SessionEnd>;
  /** RFC 4028: `undefined` when there is none. */
  readonly timer: { readonly expiresSeconds: number; readonly refresher: "local" | "remote" } | undefined;
  /**
   * Takes leave in the way that fits the state: CANCEL, a refusal, BYE. Resolves when it is over; never rejects. A second call waits for the
   * first.
   */
  end(options?: EndOptions): Promise<SessionEnd>;
  /** re-INVITE. Rejects with a `SipError` when it is refused; the session is then as before. Waits its turn, and again after 491 (§14.1). */
  reinvite(options?: ModifyOptions): Promise<ModifyResult>;
  /** UPDATE (RFC 3311), in early dialogs too. */
  update(options?: ModifyOptions): Promise<ModifyResult>;
  /** UPDATE where the peer allows it, else re-INVITE. */
  modify(options?: ModifyOptions): Promise<ModifyResult>;
  /** REFER within the dialog: blind and attended transfer (RFC 5589). Resolves when it is accepted. */
  refer(target: Uri | string | InviteSession, options?: ReferOptions): Promise<OutgoingRefer>;
  /** INFO, MESSAGE, OPTIONS or any other request within the dialog that is no matter of the session itself. */
  request(method: string, options?: InDialogOptions): Promise<RequestResult>;
  /** The value of Replaces for this session (RFC 3891 §6.1), as a third party would write it. */
  replacesValue(options?: { readonly earlyOnly?: boolean }): string;
  /** The value of Target-Dialog for this session (RFC 4538 §3): who sends it along proves to the peer that it knows the session. */
  targetDialogValue(): string;
}

/** A call of ours. */
export interface OutgoingSession extends InviteSession {
  readonly direction: "outgoing";
}

/** A call to us, from INVITE to ACK. */
export interface IncomingSession extends InviteSession {
  readonly direction: "incoming";
  /** The INVITE. */
  readonly invite: SipRequest;
  /** The offer of the INVITE. */
  readonly offer: SessionBody | undefined;
  /** RFC 3323: whether the caller wants to stay unknown to people. */
  readonly isAnonymous: boolean;
  /**
   * RFC 3891: the session that this one replaces; it ends when this one is accepted. That it is there and may be replaced as it stands
   * has been checked; whether this caller may do so is the owner's to decide (§3): by credentials, by Referred-By.
   */
  readonly replaces: InviteSession | undefined;
  /** RFC 3911: the session that this one wants to join. Who cannot mix refuses with 488 (§4). */
  readonly joins: InviteSession | undefined;
  /** RFC 4538: a dialog of ours that the caller has proved to know of. */
  readonly targetDialog: DialogId | undefined;
  /** 180. Resolves when it is sent, or acknowledged where it is reliable. */
  ring(options?: ProvisionalOptions): Promise<void>;
  /** 183 with early media. */
  progress(options?: ProvisionalOptions): Promise<void>;
  /** 200. Resolves as `confirmed` does. */
  accept(options?: { readonly headers?: readonly HeaderLine[] }): Promise<SessionLeg>;
  /** A final response from 300 up. Does nothing once there is one. */
  reject(status: number, options?: RefuseOptions): void;
  /** 302, or 301 or 300. */
  redirect(contacts: readonly (Uri | string)[], options?: RefuseOptions & { readonly status?: number }): void;
}

/** A REFER to us. It must be accepted or refused before the handler ends. */
export interface IncomingRefer {
  readonly request: SipRequest;
  readonly target: Uri;
  /** Of the target's URI: `INVITE` unless it says otherwise. */
  readonly method: string;
  /** RFC 3891: the value of Replaces that the new request is to carry (attended transfer). */
  readonly replaces: string | undefined;
  /** RFC 3892: who asks, as the new request is to say. */
  readonly referredBy: NameAddr | undefined;
  /** Header lines for the new request: what the target's URI asks for beside `replaces`, and may have (§2.1). */
  readonly headers: readonly HeaderLine[];
  /** The session in whose dialog it came. */
  readonly session: InviteSession | undefined;
  /** RFC 4538: a dialog of ours that the sender of a REFER outside of dialogs has proved to know of. */
  readonly targetDialog: DialogId | undefined;
  /** 202, and 100 Trying in the first NOTIFY. Nothing happens at the second call. */
  accept(): ReferProgress;
  refuse(status: number, reason?: string): void;
}

/** Reports to whoever sent the REFER. Where no reports are wanted (RFC 4488) they go nowhere. */
export interface ReferProgress {
  /** A status below 200 is an interim report, any other the last. */
  report(status: number, reason?: string): void;
  /** Reports what becomes of this session until it is answered or refused. */
  follow(session: OutgoingSession): void;
}
