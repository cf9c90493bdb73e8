/** The host and port that RFC 3263 is applied to, in one writing. RFC 3261 §16.6 step 7, RFC 3263 §4; RFC 5954 §4.2. */

import { ipv6Groups } from "../message/host.ts";
import { getParam } from "../message/params.ts";
import { isSipUri, parseUri } from "../message/uri.ts";
import type { Params, Uri } from "../message/values.ts";

export interface HopEnd {
  readonly host: string;
  /** The default one where the URI has none, whatever SRV records say. */
  readonly port: number;
}

/** `undefined` for what is no SIP URI. `maddr` goes before the host. */
export function hopEnd(uri: Uri | undefined): HopEnd | undefined {
  if (uri === undefined || !isSipUri(uri)) return undefined;
  const { params } = uri;
  const host = sameWriting((params.length === 0 ? undefined : getParam(params, "maddr")) ?? uri.host);
  return { host, port: uri.port ?? (uri.scheme === "sips" || isTls(params) ? 5061 : 5060) };
}

function isTls(params: Params): boolean {
  return params.length > 0 && getParam(params, "transport")?.toLowerCase() === "tls";
}

export function hopEndOf(text: string): HopEnd | undefined {
  const parsed = parseUri(text);
  return parsed.ok ? hopEnd(parsed.value) : undefined;
}

/** Alike for names that differ in case and for addresses of IPv6 that are written differently, in brackets or not. */
export function sameWriting(host: string): string {
  if (!host.includes(":")) return host.toLowerCase();
  const groups = ipv6Groups(host);
  return groups === undefined ? host.toLowerCase() : groups.map((group) => group.toString(16)).join(":");
}
