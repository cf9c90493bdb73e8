/** Hosts that media may go to, as far as SIP says so before there is a description. */

import type { IncomingSession } from "@trapezoid/sip/agent";
import { Contact, getParam, isIpAddress, isSipUri, parseUri, type Uri, unbracket } from "@trapezoid/sip/message";

/** Where the caller is, if its Contact says so by an address. */
export function contactHost({ invite }: IncomingSession): string | undefined {
  const [contact] = invite.getAll(Contact);
  const host = contact === undefined || contact === "*" ? undefined : hostOf(contact.uri);
  return host !== undefined && isIpAddress(host) ? host : undefined;
}

/** The host that a request goes to first, where its URI says so. */
export function hostOf(target: string | Uri): string | undefined {
  const uri = typeof target === "string" ? parseUri(target) : undefined;
  const parsed = uri === undefined ? (target as Uri) : uri.ok ? uri.value : undefined;
  if (parsed === undefined || !isSipUri(parsed)) return undefined;
  return unbracket(getParam(parsed.params, "maddr") ?? parsed.host);
}
