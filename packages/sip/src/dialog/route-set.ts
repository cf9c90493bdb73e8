/** Route sets: where they come from, and what they make of a request. RFC 3261 §12.1, §12.2.1.1, §16.12.1.1. */

import { RecordRoute, Route } from "../message/fields/routing.ts";
import type { SipMessage } from "../message/message.ts";
import { hasParam, withoutParam } from "../message/params.ts";
import { formatUri, isSipUri } from "../message/uri.ts";
import type { NameAddr, SipUri, Uri } from "../message/values.ts";

export type RouteSet = readonly NameAddr[];

/** §12.1.1: the callee's, in the request's order. */
export function routeSetOfRequest(request: SipMessage): RouteSet {
  return request.getAll(RecordRoute);
}

/** §12.1.2: the caller's, from the response, in reverse. */
export function routeSetOfResponse(response: SipMessage): RouteSet {
  return response.getAll(RecordRoute).reverse();
}

export interface RoutedRequest {
  readonly requestUri: string;
  /** Values of Route, in order. */
  readonly route: readonly string[];
  /** What is located (§8.1.2): the first route, or the Request-URI. */
  readonly nextHop: Uri;
}

/** §12.2.1.1: Request-URI and Route of a request to `target`, loose and strict. */
export function routeRequest(target: Uri, routeSet: RouteSet): RoutedRequest {
  const first = routeSet[0];
  if (first === undefined) return { requestUri: formatUri(target), route: [], nextHop: target };
  if (isSipUri(first.uri) && hasParam(first.uri.params, "lr")) {
    return { requestUri: formatUri(target), route: routeSet.map((route) => Route.format(route)), nextHop: first.uri };
  }
  // A strict router is reached by its own URI as Request-URI; the remote target stands last.
  const uri = isSipUri(first.uri) ? asRequestUri(first.uri) : first.uri;
  const rest = routeSet.slice(1).map((route) => Route.format(route));
  return {
    requestUri: formatUri(uri),
    route: [...rest, Route.format({ displayName: undefined, uri: target, params: [] })],
    nextHop: uri,
  };
}

/** §19.1.1, table 1: what a Request-URI may not hold. */
export function asRequestUri(uri: SipUri): SipUri {
  if (uri.headers.length === 0 && !hasParam(uri.params, "method")) return uri;
  return { ...uri, params: withoutParam(uri.params, "method"), headers: [] };
}
