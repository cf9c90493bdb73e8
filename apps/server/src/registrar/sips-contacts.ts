/** Contacts that are to be reached by TLS on every hop. RFC 5630 §5.2. */

import type { SipRequest } from "@trapezoid/sip/message";
import { isSips } from "@trapezoid/sip/proxy";
import type { Flow } from "@trapezoid/sip/transport";
import type { ContactRequest } from "./contacts.ts";
import type { Refusal } from "./refusal.ts";

/** A binding to a sips contact is taken only if everything on the way to it is sips too: 400 otherwise. Removing one needs nothing. */
export function sipsRefusal(
  request: SipRequest,
  flow: Pick<Flow, "secure">,
  contacts: readonly ContactRequest[],
  path: readonly string[],
): Refusal | undefined {
  const kept = contacts.filter(({ expires }) => expires > 0);
  if (!kept.some(({ uri }) => isSips(uri))) return undefined;
  const missing = [
    [isSips(request.requestUri), "a sips Request-URI"],
    [kept.every(({ uri }) => isSips(uri)), "no other contacts than sips"],
    [path.every((value) => /^([^<]*<)?sips:/i.test(value)), "sips in every Path value"],
    // A sip hop behind a sips URI is what the rule is there to prevent.
    [flow.secure, "TLS"],
  ].find(([isThere]) => isThere !== true);
  return missing === undefined ? undefined : { status: 400, reason: `A sips contact needs ${missing[1]}` };
}
