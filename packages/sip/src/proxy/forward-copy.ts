/** The copy of a request that a branch sends: the received text with what §16.6 names put in, all else byte-identical. RFC 3261 §16.6. */

import type { SipRequest } from "../message/message.ts";
import { isStrict, layoutOf, type Place, type RequestLayout, Slot } from "./request-layout.ts";
import { isSips } from "./sips.ts";

/** Where a copy goes, decided before the address is known. */
export interface CopyRouting {
  readonly layout: RequestLayout;
  readonly requestUri: string;
  /** Route values on top of the remaining ones, as a header line; "" for none. */
  readonly push: string;
  /** The last Route value, as a header line: the Request-URI when the next hop is a strict router. */
  readonly append: string;
  /** The URI that RFC 3263 is applied to (step 7). */
  readonly nextHop: string;
  /** Nothing but TLS will do, whatever the scheme of these URIs (RFC 5630 §5.3). */
  readonly secure: boolean;
}

/** Steps 2 and 6: Request-URI and Route. */
export function routeCopy(
  request: SipRequest,
  layout: RequestLayout,
  uri: string,
  routes: readonly string[] | undefined,
  routed: { readonly ownRoutes: number; readonly strictRouted?: boolean },
  secure: boolean = isSips(uri),
): CopyRouting {
  const requestUri = uri === request.requestUri ? uri : allowedInRequestUri(uri);
  const pushed = routes !== undefined && routes.length > 0;
  if (!pushed && !layout.hasRoute) return { layout, requestUri, push: "", append: "", nextHop: requestUri, secure };
  const top = pushed ? uriOfRoute(routes[0]!) : layout.topRoute;
  if (!isStrict(top)) {
    return { layout, requestUri, push: pushed ? routeLine(routes) : "", append: "", nextHop: top, secure };
  }
  // The next hop is a strict router: it finds its own URI as the Request-URI, and the true one as the last Route value.
  const append = `Route: <${requestUri}>\r\n`;
  if (pushed) {
    const push = routes.length > 1 ? routeLine(routes.slice(1)) : "";
    return { layout, requestUri: top, push, append, nextHop: top, secure };
  }
  const popped = layoutOf(request, routed.ownRoutes, routed.strictRouted === true, true, layout.isOwnRealm);
  return { layout: popped, requestUri: top, push: "", append, nextHop: top, secure };
}

function routeLine(routes: readonly string[]): string {
  return `Route: ${routes.join(", ")}\r\n`;
}

function uriOfRoute(route: string): string {
  const open = route.indexOf("<");
  const close = route.indexOf(">", open);
  return open === -1 || close === -1 ? route : route.slice(open + 1, close);
}

/** Step 2: header components and the method parameter may not stand in a Request-URI (§19.1.1 table 1). */
function allowedInRequestUri(uri: string): string {
  const host = uri.lastIndexOf("@") + 1;
  const question = uri.indexOf("?", host);
  const bare = question === -1 ? uri : uri.slice(0, question);
  if (!bare.includes(";", host)) return bare;
  return bare.includes("method=", host) || bare.includes("METHOD=", host)
    ? bare.slice(0, host) + bare.slice(host).replace(/;method=[^;]*/gi, "")
    : bare;
}

/** What differs between the copies of one request. */
export interface CopyLines {
  /** Whole header line. */
  readonly via: string;
  /** Whole header lines; "" when we stay out of the dialog. */
  readonly recordRoute: string;
  readonly maxBreadth: number;
  /** Content-Length is added where it is missing: needed on streams (step 9). */
  readonly onStream: boolean;
}

/** Steps 1 to 9. */
export function formatCopy(request: SipRequest, routing: CopyRouting, lines: CopyLines): string {
  const { layout } = routing;
  const text = request.text;
  const uriStart = request.requestUriStart;
  let at = uriStart;
  let out = "";
  if (routing.requestUri !== request.requestUri) {
    out = text.slice(0, uriStart) + routing.requestUri;
    at += request.requestUri.length;
  } else at = 0;
  for (const place of layout.places) {
    if (place.start > at) out += text.slice(at, place.start);
    out += textAt(place, request, routing, lines);
    at = place.end;
  }
  return out + text.slice(at);
}

function textAt(place: Place, request: SipRequest, routing: CopyRouting, lines: CopyLines): string {
  switch (place.slot) {
    case Slot.via:
      return lines.via;
    case Slot.afterVia:
      return addedLines(request, routing, lines);
    case Slot.recordRoute:
      // Step 4: before the values of earlier elements.
      return lines.recordRoute;
    case Slot.maxForwards:
      return String(routing.layout.maxForwards - 1);
    case Slot.maxBreadth:
      return String(lines.maxBreadth);
    case Slot.push:
      return routing.push;
    case Slot.append:
      return routing.append;
    case Slot.cut:
      return "";
  }
}

/** What has no line to replace stands right after the Via lines. */
function addedLines(request: SipRequest, routing: CopyRouting, lines: CopyLines): string {
  const { layout } = routing;
  let added = layout.hasRecordRoute ? "" : lines.recordRoute;
  if (!layout.hasRoute) added += routing.push + routing.append;
  // Step 3: SHOULD be 70.
  if (layout.maxForwards === -1) added += "Max-Forwards: 70\r\n";
  // RFC 5393 §5.3.3: all proxied requests carry one.
  if (layout.maxBreadth === -1) added += `Max-Breadth: ${lines.maxBreadth}\r\n`;
  if (lines.onStream && !layout.hasContentLength) {
    added += `Content-Length: ${request.text.length - request.bodyStart}\r\n`;
  }
  return added;
}
