/** Whether credentials belong to a request by their `uri` parameter. RFC 8760 §2.6 step 6, RFC 3261 §22.4, RFC 7616 §3.4.6. */

import { hostEquals } from "../message/host.ts";
import type { SipRequest } from "../message/message.ts";
import { parseUri, unescapeUri, uriEquals } from "../message/uri.ts";
import type { Uri } from "../message/values.ts";

/**
 * The digest is always computed with the `uri` parameter as given; this decides whether that URI may differ from the
 * Request-URI.
 *
 * - `user-and-host` (default): same user and same host. Port, scheme, password, parameters and headers may differ, because
 *   phones write them differently in the two places and proxies on the way change them.
 * - `any`: no comparison. For a server behind a proxy that rewrites Request-URIs; credentials are then good for any target
 *   with the same method, once.
 */
export type UriCheck = "user-and-host" | "any";

/** Whether host and port are the server's own, under any of its names. */
export type IsOwnHost = (host: string, port: number | undefined) => boolean;

export function uriMatches(check: UriCheck, uri: string, request: SipRequest, isOwnHost?: IsOwnHost): boolean {
  if (check === "any" || uri === request.requestUri) return true;
  const target = request.uri;
  const parsed = parseUri(uri);
  if (target === undefined || !parsed.ok) return false;
  return (
    sameUserAndHost(parsed.value, target) || (isOwnHost !== undefined && isForServer(parsed.value, target, isOwnHost))
  );
}

/**
 * RFC 3261 §22.4 step 6: the server may accept a URI "for whom the server is willing to accept requests": clients (SIPp among
 * them) name the address that they send to, without the user, or by another of the server's names.
 */
function isForServer(uri: Uri, target: Uri, isOwnHost: IsOwnHost): boolean {
  if (!("host" in uri) || !isOwnHost(uri.host, uri.port)) return false;
  if (uri.user === undefined) return true;
  return "host" in target && unescaped(uri.user) === unescaped(target.user) && isOwnHost(target.host, target.port);
}

function sameUserAndHost(a: Uri, b: Uri): boolean {
  // RFC 3261 §19.1.4: an escaped character equals the character itself.
  if ("host" in a && "host" in b) return hostEquals(a.host, b.host) && unescaped(a.user) === unescaped(b.user);
  return uriEquals(a, b);
}

function unescaped(user: string | undefined): string | undefined {
  return user === undefined ? undefined : unescapeUri(user);
}
