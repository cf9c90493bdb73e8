/** Whether a call may take the place of another, or join it. RFC 3891 §3, RFC 3911 §4. */

import type { DialogTable } from "../../dialog/dialog-table.ts";
import { Join, Replaces } from "../../message/fields/dialog.ts";
import type { SipRequest } from "../../message/message.ts";
import { EarlyOnly } from "../../message/param-fields/dialog.ts";
import type { Refusal } from "../request/contract.ts";
import { InviteUsage, type UsageHost } from "../session/invite-usage.ts";

/** One of them. */
export interface Replacement {
  readonly replaces?: UsageHost;
  readonly joins?: UsageHost;
}

/** `undefined`: the INVITE names no dialog. */
export function replacementOf(
  request: SipRequest,
  dialogs: DialogTable,
  isConference: () => boolean,
): Replacement | Refusal | undefined {
  const replaces = request.headers("Replaces");
  const joins = request.headers("Join");
  if (replaces.length === 0 && joins.length === 0) return undefined;
  // RFC 3891 §3, RFC 3911 §4: one dialog, in one way.
  if (replaces.length + joins.length > 1) return { status: 400, reason: "More Than One Replaces Or Join" };
  const isJoin = joins.length > 0;
  const reference = request.get(isJoin ? Join : Replaces);
  if (reference === undefined) return { status: 400, reason: `Bad ${isJoin ? "Join" : "Replaces"} Header Field` };
  const dialog = dialogs.ofReference(reference);
  // RFC 3911 §4: a conference is called, whatever Join says.
  if (dialog === undefined && isJoin && isConference()) return undefined;
  // RFC 3891 §3: who has just hung up does not want it to ring again.
  if (dialog === undefined) return { status: dialogs.hasEnded(reference) ? 603 : 481 };
  const usage = dialog.usages.find((one) => one instanceof InviteUsage);
  // A dialog that no INVITE made.
  if (usage === undefined) return { status: 481 };
  if (usage.host.state === "ending") return { status: 603 };
  const { host } = usage;
  if (isJoin) return { joins: host };
  if (dialog.state === "confirmed") {
    // RFC 3891 §3: it was to be replaced only while it rang.
    return EarlyOnly.get(reference.params) === true ? { status: 486 } : { replaces: host };
  }
  // RFC 3891 §3: of early dialogs only those that we began.
  return dialog.isCaller ? { replaces: host } : { status: 481 };
}
