/** What a session timer is agreed to be, as pure functions. RFC 4028 §7 to §10. */

import { Supported } from "../../message/fields/capability.ts";
import { MinSe, SessionExpires } from "../../message/fields/time.ts";
import type { SipMessage } from "../../message/message.ts";
import { Refresher } from "../../message/param-fields/dialog.ts";
import type { SessionTimerSettings } from "../contract.ts";

/** RFC 4028 §5: no interval is shorter. */
export const leastSeconds = 90;

export interface AgreedTimer {
  readonly expiresSeconds: number;
  /** Of the request that was answered: whether its sender refreshes. */
  readonly refresher: "uac" | "uas";
}

export type TimerVerdict =
  /** 422 with Min-SE (§6, §9). */
  | { readonly kind: "too-small"; readonly minSeconds: number }
  | { readonly kind: "none" }
  /** `requires`: the response carries Require: timer (§9, table 2). */
  | { readonly kind: "agreed"; readonly timer: AgreedTimer; readonly requires: boolean };

/** §9: the callee's verdict on a request, INVITE or UPDATE. `known`: who refreshes now, seen from this request; it is best left so. */
export function judgeRequest(
  request: SipMessage,
  settings: SessionTimerSettings,
  known: "uac" | "uas" | undefined,
): TimerVerdict {
  const peerKnows = request.getAll(Supported).some((option) => option.toLowerCase() === "timer");
  const asked = request.get(SessionExpires);
  const ownLeast = Math.max(leastSeconds, settings.minSeconds);
  if (asked !== undefined && asked.seconds < ownLeast) {
    if (peerKnows) return { kind: "too-small", minSeconds: ownLeast };
    // §9: a caller that knows no timers gets no 422, and what proxies put in may not be made longer.
    if (asked.seconds < leastSeconds) return { kind: "none" };
  }
  const least = Math.max(ownLeast, request.get(MinSe)?.seconds ?? 0);
  const own = settings.expiresSeconds;
  if (asked === undefined && own <= 0) return { kind: "none" };
  // §9: shorter than asked for is allowed, longer is not.
  const wanted = own <= 0 ? asked!.seconds : Math.min(asked?.seconds ?? own, own);
  const expiresSeconds =
    asked === undefined ? Math.max(wanted, least) : Math.min(Math.max(wanted, least), asked.seconds);
  const named = asked === undefined ? undefined : Refresher.get(asked.params);
  // Table 2: what the caller names is not changed; who knows no timers does not refresh.
  const chosen = named ?? known ?? (settings.refresher === "local" ? "uas" : "uac");
  const refresher = peerKnows ? chosen : "uas";
  return { kind: "agreed", timer: { expiresSeconds, refresher }, requires: peerKnows };
}

/** §7.2: what a 2xx says; `undefined`: there is no timer. */
export function readSuccess(response: SipMessage): AgreedTimer | undefined {
  const expires = response.get(SessionExpires);
  if (expires === undefined || expires.seconds <= 0) return undefined;
  // §7.2: a peer that does not say who refreshes leaves it to us.
  return {
    expiresSeconds: Math.max(expires.seconds, leastSeconds),
    refresher: Refresher.get(expires.params) ?? "uac",
  };
}

/** §10: when a session that nobody refreshed is over; milliseconds after the last refresh. */
export function expiryMs({ expiresSeconds }: AgreedTimer): number {
  return (expiresSeconds - Math.min(32, expiresSeconds / 3)) * 1000;
}

/** §10: when the refresher refreshes: half-way. */
export function refreshMs({ expiresSeconds }: AgreedTimer): number {
  return (expiresSeconds * 1000) / 2;
}
