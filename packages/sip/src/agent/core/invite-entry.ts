/** A call that arrives: whether it may, what it replaces, and who takes it. RFC 3261 §13.3, RFC 3891 §3, RFC 3911 §4, RFC 4028 §9. */

import { dialogOfRequest } from "../../dialog/create-dialog.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { CoreHandlers } from "../contract.ts";
import type { Refusal } from "../request/contract.ts";
import type { SessionHandlers } from "../session/contract.ts";
import type { SessionHouse } from "../session/house.ts";
import { IncomingCall } from "../session/incoming-session.ts";
import type { LocalIdentity } from "./identity.ts";
import { replacementOf } from "./replacement.ts";

/** A refusal, where there is no session yet. */
export function receiveInvite(
  house: SessionHouse,
  handlers: CoreHandlers,
  identity: LocalIdentity,
  transaction: ServerTransaction,
  request: SipRequest,
): Refusal | undefined {
  const { environment, sessions } = house;
  if (sessions.size >= environment.limits.sessions) return { status: 486 };
  const isConference = (): boolean => request.uri !== undefined && handlers.isConference?.(request.uri) === true;
  const replacement = replacementOf(request, environment.dialogs, isConference);
  if (replacement !== undefined && "status" in replacement) return replacement;
  const parts = dialogOfRequest(request, environment.transactions.newTag(), transaction.flow, "early");
  // §8.1.1.8: without a Contact nobody can be called back.
  if (parts === undefined) return { status: 400, reason: "Missing Or Bad Contact Header Field" };
  const call = new IncomingCall(house, identity, transaction, request, parts, replacement);
  transaction.user = call;
  if (call.refusal === undefined) offerCall(house, handlers, call);
  else call.reject(call.refusal.status, call.refusal);
  return undefined;
}

function offerCall({ environment }: SessionHouse, handlers: CoreHandlers, call: IncomingCall): void {
  let taken: SessionHandlers | Refusal | undefined;
  try {
    taken = handlers.onInvite!(call);
  } catch (error) {
    environment.counters.handlerErrors++;
    environment.onError(error);
    taken = { status: 500 };
  }
  // Nobody takes it.
  if (taken === undefined) call.reject(480);
  else if ("status" in taken) call.reject(taken.status, taken);
  else call.handlers = taken;
}
