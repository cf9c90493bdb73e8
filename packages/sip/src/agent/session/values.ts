/** The plain values of sessions: bodies, legs, states, ends, options. RFC 3261 §12 to §15, RFC 3262, 3311, 3326. */

import type { DialogId } from "../../dialog/contract.ts";
import type { HeaderLine } from "../../message/build.ts";
import type { SipMessage, SipResponse } from "../../message/message.ts";
import type { NameAddr, Uri } from "../../message/values.ts";

/** A session description, or whatever else is offered and answered. The agent does not look into it. */
export interface SessionBody {
  /** `application/sdp`. A session description of another type has `Content-Disposition: session` among `headers` (RFC 3261 §13.2.1). */
  readonly contentType: string;
  /** Octets, one a character. */
  readonly body: string;
  /** Further header fields of the body: Content-Disposition and the like. */
  readonly headers?: readonly HeaderLine[];
}

/** One dialog of a session. A forked INVITE has several early ones, of which one is answered first. */
export interface SessionLeg extends DialogId {
  readonly state: "early" | "confirmed" | "ended";
  /** The peer's Contact. */
  readonly remoteTarget: Uri;
  /** Whether the peer named the option tag in Supported or Require. */
  supports(option: string): boolean;
  /** Whether the peer named the method in Allow; `undefined`: it has not said. */
  allows(method: string): boolean | undefined;
  /** Info packages that the peer takes (RFC 6086 §5.2); `undefined`: it does not know of them. */
  readonly infoPackages: readonly string[] | undefined;
}

export type SessionState =
  /** Our INVITE is out, or theirs is here; no early dialog. */
  | "calling"
  /** An early dialog: a provisional response with a tag. */
  | "early"
  /** A 2xx was sent or received, its ACK is not there or not out. */
  | "answered"
  | "confirmed"
  /** We are taking leave: CANCEL or BYE is out. */
  | "ending"
  | "ended";

export type EndCause =
  /** A final response that is no 2xx. */
  | "rejected"
  | "cancelled"
  | "bye"
  /** Another session took its place (RFC 3891). */
  | "replaced"
  /** Nobody answered a request that a session depends on: 408, 64·T1. */
  | "timeout"
  /** No ACK to our 2xx (RFC 3261 §13.3.1.4). */
  | "no-ack"
  /** RFC 4028 §10. */
  | "session-expired"
  /** No way to send. */
  | "transport"
  /** Offer and answer came to nothing. */
  | "negotiation"
  /** The dialog is lost: 481 and its like (RFC 5057). */
  | "dialog-lost";

export interface SessionEnd {
  readonly cause: EndCause;
  readonly by: "local" | "remote";
  /** The deciding status: of the response, else of a SIP Reason; 0 when there is none. */
  readonly status: number;
  /** Reason phrase, for people. */
  readonly reason: string;
  /** Values of Reason in the BYE, CANCEL or response that ended it (RFC 3326). */
  readonly reasons: readonly ReasonValue[];
  /** What ended it, if it came from the peer. */
  readonly message: SipMessage | undefined;
}

/** RFC 3326. */
export interface ReasonValue {
  readonly protocol: "SIP" | "Q.850" | (string & {});
  readonly cause?: number | undefined;
  readonly text?: string | undefined;
}

/** Events inform. */
export type SessionEvents = {
  /** A provisional response: of the peer to us, or of ours to the peer. */
  progress: readonly [leg: SessionLeg | undefined, status: number, response: SipResponse | undefined];
  /** 2xx. */
  accepted: readonly [leg: SessionLeg];
  /** ACK. */
  confirmed: readonly [leg: SessionLeg];
  /** An early dialog that lost the race, or was ended by 199 (RFC 6228). */
  legEnded: readonly [leg: SessionLeg];
  /** A re-INVITE or UPDATE, of either side, succeeded. */
  modified: readonly [leg: SessionLeg, by: "local" | "remote"];
  /** The peer's identity changed (RFC 4916, RFC 3325). */
  remoteIdentity: readonly [address: NameAddr];
  /** Once, last. */
  ended: readonly [end: SessionEnd];
};

export interface ModifyOptions {
  /** The offer. Default: `handlers.offer` is asked, again at each attempt. */
  readonly body?: SessionBody;
  /** No offer in the request: of a re-INVITE, the peer offers (RFC 3261 §14.2); of an UPDATE, it refreshes target and timer alone. */
  readonly withoutOffer?: boolean;
  readonly purpose?: "change" | "refresh";
  /**
   * From, from now on: somebody else has taken over on our side (RFC 4916 §4.3). Rejects where the peer has not said `from-change`; ours is
   * said where `connectedIdentity` is on.
   */
  readonly localAddress?: NameAddr;
  readonly headers?: readonly HeaderLine[];
  /** Aborting cancels a re-INVITE. */
  readonly signal?: AbortSignal;
}

export interface ModifyResult {
  readonly response: SipResponse;
  /** The peer's answer, already given to `accepted`, or its offer, already answered. */
  readonly body: SessionBody | undefined;
}

export interface EndOptions {
  readonly reasons?: readonly ReasonValue[];
  readonly headers?: readonly HeaderLine[];
  /** For an INVITE that is refused. Default 603 for `end`. */
  readonly status?: number;
}

export interface InDialogOptions {
  readonly headers?: readonly HeaderLine[];
  readonly body?: SessionBody;
  /** RFC 6086: sets Info-Package, and Content-Disposition: Info-Package. */
  readonly infoPackage?: string;
  readonly signal?: AbortSignal;
}

export interface ProvisionalOptions {
  /** Default 180 for `ring`, 183 for `progress`. */
  readonly status?: number;
  readonly reason?: string;
  /** Early media: the answer goes with it, or where the INVITE had no offer, ours. Default false for `ring`, true for `progress`. */
  readonly withSession?: boolean;
  /** RFC 3262. Default: where the peer requires it, or supports it and there is a body to carry. */
  readonly reliable?: boolean;
  readonly headers?: readonly HeaderLine[];
}

export interface RefuseOptions {
  readonly reason?: string | undefined;
  readonly headers?: readonly HeaderLine[] | undefined;
  readonly reasons?: readonly ReasonValue[] | undefined;
}
