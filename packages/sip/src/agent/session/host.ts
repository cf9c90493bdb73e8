/** What the parts of a session need of it. */

import type { Emitter } from "@trapezoid/base";
import type { HeaderLine } from "../../message/build.ts";
import type { SipMessage, SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Flow } from "../../transport/contract.ts";
import type { LocalIdentity } from "../core/identity.ts";
import type { PrivacyOptions } from "../request/contract.ts";
import type { SessionHandlers } from "./contract.ts";
import type { SessionHouse } from "./house.ts";
import type { Leg } from "./leg.ts";
import type { NegotiationHost } from "./negotiation.ts";
import type { PeerIdentity } from "./peer-identity.ts";
import type { SessionLines } from "./session-lines.ts";
import type { SessionTimer } from "./session-timer.ts";
import type { EndOptions, SessionEnd, SessionEvents, SessionState } from "./values.ts";

export interface SessionHost extends NegotiationHost {
  readonly house: SessionHouse;
  readonly direction: "outgoing" | "incoming";
  readonly identity: LocalIdentity;
  readonly handlers: SessionHandlers;
  readonly events: Emitter<SessionEvents>;
  readonly state: SessionState;
  /** The one that was answered, else the last early one. */
  readonly current: Leg | undefined;
  readonly legs: readonly Leg[];
  /** Our half of Session-ID (RFC 7989). */
  readonly localSessionId: string;
  readonly lines: SessionLines;
  readonly peer: PeerIdentity;
  /** What is told of who we are; `undefined`: nothing is hidden. */
  readonly privacy: PrivacyOptions | undefined;
  readonly sessionTimer: SessionTimer;
  readonly confirmed: Promise<unknown>;
  /** Aborted when the session is over. */
  readonly over: AbortSignal;
  /** How it ended; `undefined` while it has not. */
  readonly outcome: SessionEnd | undefined;
  readonly isLeaving: boolean;
  /** INVITEs of ours. */
  readonly modifier: { readonly isInviting: boolean };
  /** INVITEs of the peer's. */
  readonly reinvites: { readonly isBusy: boolean; whenIdle(): Promise<void> };
  reply(transaction: ServerTransaction, request: SipRequest, status: number, headers?: readonly HeaderLine[]): void;
  /** What a message of the peer says of it beside its body. */
  learn(message: SipMessage, leg: Leg): void;
  /** The same of what only an accepted request, or a response, changes: its identity, its info packages. */
  heed(message: SipMessage, leg: Leg, flow: Flow): void;
  /** BYE, and the end when it is answered. */
  leave(cause: SessionEnd["cause"], options: EndOptions): void;
  /** The end, once. */
  finish(end: Omit<SessionEnd, "reasons">): void;
  /** An early dialog comes to nothing. */
  endLeg(leg: Leg): void;
  /** RFC 5057 §5.1: the peer does not know the session any more, or cannot be reached. */
  onUsageLost(leg: Leg, status: number): void;
}
