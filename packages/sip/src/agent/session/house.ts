/** What sessions need of the core that they live in. */

import type { SipRequest } from "../../message/message.ts";
import type { Uri } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import type { OutgoingRefer, ReferOptions } from "../refer/contract.ts";
import type { IncomingRequest, PrivacyOptions } from "../request/contract.ts";
import type { IncomingRefer, InviteSession } from "./contract.ts";
import type { Leg } from "./leg.ts";
import type { SessionLines } from "./session-lines.ts";

/** A session as REFER sees it. */
export interface InDialog {
  readonly session: InviteSession;
  readonly identity: LocalIdentity;
  readonly current: Leg | undefined;
  readonly legs: readonly Leg[];
  readonly privacy: PrivacyOptions | undefined;
  onUsageLost(leg: Leg, status: number): void;
  readonly lines: Pick<SessionLines, "request" | "response" | "inDialog">;
}

export interface SessionHouse {
  readonly environment: Environment;
  readonly sessions: Set<InviteSession>;
  /** RFC 3262 as callee: `reliableProvisional` is not off. */
  readonly mayBeReliable: boolean;
  /** REFER within the session's dialog. */
  refer(session: InDialog, target: Uri | string | InviteSession, options: ReferOptions): Promise<OutgoingRefer>;
  /** A REFER that came in the session's dialog; `undefined` where it has been refused. */
  receiveRefer(transaction: ServerTransaction, request: SipRequest, session: InDialog): IncomingRefer | undefined;
  /** Asks the handler, and refuses what it leaves alone. */
  decideRefer(refer: IncomingRefer, handler: (refer: IncomingRefer) => void | Promise<void>): void;
  /** What a handler is given of a request. */
  incoming(transaction: ServerTransaction, request: SipRequest): IncomingRequest;
}
