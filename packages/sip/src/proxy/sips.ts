/** SIPS: TLS on every hop, or not at all. RFC 5630 §5.3. */

import type { HeaderLine } from "../message/build.ts";
import { bracket } from "../message/host.ts";
import type { Flow } from "../transport/contract.ts";

export function isSips(uri: string): boolean {
  return uri.charCodeAt(4) === 58 && (uri.charCodeAt(3) | 32) === 115;
}

/** Why a copy cannot go where it should: an entry of the Warning header field (RFC 5630 §5.3). */
export const SipsFault = {
  /** The target is reached by sip alone, and the request asks for sips. */
  notAllowed: '380 * "SIPS Not Allowed"',
  /** The target is reached by TLS alone, and there is none to it. */
  required: '381 * "SIPS Required"',
} as const;

export type SipsFault = (typeof SipsFault)[keyof typeof SipsFault];

/** The header field with the agent that warns: us, as this flow's peer knows us (RFC 3261 §20.43). */
export function warningLine(fault: SipsFault, { advertised }: Flow): HeaderLine {
  return ["Warning", fault.replace("*", `${bracket(advertised.host)}:${advertised.port}`)];
}

/**
 * The scheme of a request stays what its sender wrote: a sips one is never made sip, nor a sip one sips, which would promise TLS on
 * hops that are behind us. A sips target of a sip request is reached by TLS all the same.
 */
export function keepScheme(requestUri: string, target: string): string {
  return isSips(target) && !isSips(requestUri) ? `sip${target.slice(4)}` : target;
}

/** What forbids a copy to `target`, over `flow` where that is known already. */
export function sipsFault(
  requestUri: string,
  target: { readonly uri: string; readonly flow?: Flow | null },
): SipsFault | undefined {
  const isSecure = isSips(requestUri);
  if (!isSips(target.uri)) return isSecure ? SipsFault.notAllowed : undefined;
  if (target.flow == null || target.flow.secure) return undefined;
  return isSecure ? SipsFault.notAllowed : SipsFault.required;
}
