/** What a final response to a request within a dialog ends: nothing but its transaction, the usage, or the dialog. RFC 5057 §5.1. */

export type ResponseEffect = "transaction" | "usage" | "dialog";

/** RFC 5057 §5.1: the peer, or the way to it, is not what the dialog took it for. */
const endsDialog: ReadonlySet<number> = new Set([404, 410, 416, 482, 483, 484, 485, 502, 604]);
/** RFC 5057 §5.1; RFC 3261 §12.2.1.2 for 408 and 481; a time-out counts as 408 (§8.1.3.1). */
const endsUsage: ReadonlySet<number> = new Set([408, 480, 481, 489]);
/** The same where nothing goes on without the method: it is not taken there. */
const endsSustained: ReadonlySet<number> = new Set([405, 501]);

/**
 * @param sustains Whether the request is of the method that keeps the usage alive (SUBSCRIBE and NOTIFY for a subscription): 405 and 501
 * to it end the usage. Nothing that is sent in a session is such a request, since it lives on without it.
 */
export function effectOfResponse(status: number, sustains: boolean): ResponseEffect {
  if (endsDialog.has(status)) return "dialog";
  if (endsUsage.has(status) || (sustains && endsSustained.has(status))) return "usage";
  return "transaction";
}
