/** What sessions need of the core that they live in. */

import type { Dialog } from "../../dialog/dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import type { SipRequest } from "../../message/message.ts";
import type { Uri } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import type { OutgoingRefer, ReferOptions } from "../refer/contract.ts";
import type { IncomingRequest } from "../request/contract.ts";
import type { IncomingRefer, InviteSession } from "./contract.ts";

/** A session as REFER sees it. */
export interface InDialog {
  readonly session: InviteSession;
  readonly identity: LocalIdentity;
  readonly current: { readonly dialog: Dialog } | undefined;
  requestLines(method: string): HeaderLine[];
}

export interface SessionHouse {
  readonly environment: Environment;
  readonly sessions: Set<InviteSession>;
  /** RFC 3262 as callee: `reliableProvisional` is not off. */
  readonly mayBeReliable: boolean;
  /** RFC 3891 §3: another session has taken the place of this one. */
  replaced(session: InviteSession): void;
  /** REFER within the session's dialog. */
  refer(session: InDialog, target: Uri | string | InviteSession, options: ReferOptions): Promise<OutgoingRefer>;
  /** A REFER that came in the session's dialog; `undefined` where it has been refused. */
  receiveRefer(transaction: ServerTransaction, request: SipRequest, session: InDialog): IncomingRefer | undefined;
  /** Asks the handler, and refuses what it leaves alone. */
  decideRefer(refer: IncomingRefer, handler: (refer: IncomingRefer) => void | Promise<void>): void;
  /** What a handler is given of a request. */
  incoming(transaction: ServerTransaction, request: SipRequest): IncomingRequest;
}
