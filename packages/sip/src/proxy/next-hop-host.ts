/** The host that RFC 3263 is applied to, in one writing. RFC 3261 §16.6 step 7, RFC 3263 §4; RFC 5954 §4.2. */

import { ipv6Groups } from "../message/host.ts";
import { getParam } from "../message/params.ts";
import { isSipUri, parseUri } from "../message/uri.ts";
import type { Uri } from "../message/values.ts";

/** `undefined` for what is no SIP URI. `maddr` goes before the host. */
export function hostOf(uri: Uri | undefined): string | undefined {
  if (uri === undefined || !isSipUri(uri)) return undefined;
  return sameWriting((uri.params.length === 0 ? undefined : getParam(uri.params, "maddr")) ?? uri.host);
}

export function hostOfText(text: string): string | undefined {
  const parsed = parseUri(text);
  return parsed.ok ? hostOf(parsed.value) : undefined;
}

/** Alike for names that differ in case and for addresses of IPv6 that are written differently, in brackets or not. */
export function sameWriting(host: string): string {
  if (!host.includes(":")) return host.toLowerCase();
  const groups = ipv6Groups(host);
  return groups === undefined ? host.toLowerCase() : groups.map((group) => group.toString(16)).join(":");
}
