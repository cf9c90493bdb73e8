/** We are somewhere else: every peer is told, with a new Contact, and where there is a session with a new offer. RFC 3261 §12.2.1.1, §14.1; RFC 3311 §5.1, RFC 6665 §4.1.2.2, §4.2.2. */

import type { Dialog } from "../../dialog/dialog.ts";
import { InviteUsage, type UsageHost } from "../session/invite-usage.ts";
import { NotifierUsage } from "../subscription/notifier-usage.ts";
import { SubscriberUsage } from "../subscription/subscriber-usage.ts";
import type { Environment } from "./environment.ts";
import type { LocalIdentity } from "./identity.ts";

/** @param all Also what goes by a flow that a registration still keeps up. */
export function retarget(environment: Environment, identity: LocalIdentity, all: boolean): void {
  const sessions = new Set<UsageHost>();
  for (const dialog of [...environment.dialogs.all()]) {
    if (!all && isReached(dialog, identity)) continue;
    for (const usage of [...dialog.usages]) {
      if (usage instanceof InviteUsage && usage.host.identity === identity) sessions.add(usage.host);
      else if (usage instanceof NotifierUsage && usage.identity === identity) usage.notify();
      else if (usage instanceof SubscriberUsage && usage.identity === identity) void usage.refreshNow();
    }
    dialog.flow = identity.flowOf(dialog.flow);
  }
  for (const session of sessions) tell(environment, session);
}

function isReached({ flow }: Dialog, identity: LocalIdentity): boolean {
  return flow !== undefined && !flow.closed && identity.owns(flow);
}

function tell(environment: Environment, host: UsageHost): void {
  const { session, state } = host;
  if (state === "confirmed" || state === "answered") {
    session.modify().catch((error) => {
      if (!host.over.aborted) environment.onError(error);
    });
    return;
  }
  // An early dialog has no session to change; who cannot be told by UPDATE hears it from the 2xx or its ACK.
  if (state === "early" && host.current?.allows("UPDATE") === true) void session.update({ withoutOffer: true });
}
