/** Where in a request's text a forwarded copy differs: found in one pass, used by every branch. RFC 3261 §16.6. */

import { parseCredentials } from "../message/auth-values.ts";
import { HeaderId } from "../message/header-id.ts";
import type { SipRequest } from "../message/message.ts";
import { overloadParamsAt } from "../message/overload-params.ts";
import { getParam, hasParam, noParams } from "../message/params.ts";
import { isSipUri, parseUri } from "../message/uri.ts";
import { type Cut, cutsFor, type ListValue, listValues, valuesOnLine } from "./list-values.ts";

const { Via, Route } = HeaderId;
const RecordRoute = HeaderId["Record-Route"];
const MaxForwards = HeaderId["Max-Forwards"];
const MaxBreadth = HeaderId["Max-Breadth"];
const ProxyAuthorization = HeaderId["Proxy-Authorization"];
const ContentLength = HeaderId["Content-Length"];

/** What is put at a place, or instead of the text there. */
export const Slot = {
  via: 0,
  afterVia: 1,
  recordRoute: 2,
  maxForwards: 3,
  maxBreadth: 4,
  push: 5,
  append: 6,
  cut: 7,
} as const;
export type Slot = (typeof Slot)[keyof typeof Slot];

export interface Place {
  readonly slot: Slot;
  readonly start: number;
  readonly end: number;
}

export interface RequestLayout {
  /** Sorted, apart from one another. */
  readonly places: readonly Place[];
  /** Via values of the received request; 1 means that its sender made it. */
  readonly viaCount: number;
  readonly hasRecordRoute: boolean;
  /** A Route value stays in the copy, and its line has a place of its own to push before and append after. */
  readonly hasRoute: boolean;
  /** -1 when absent. */
  readonly maxForwards: number;
  /** -1 when absent. */
  readonly maxBreadth: number;
  readonly hasContentLength: boolean;
  /** The first Route value that stays, its URI as text; "" when none does. */
  readonly topRoute: string;
  readonly isOwnRealm: ((realm: string) => boolean) | undefined;
}

/**
 * `ownRoutes` values are taken off the top of Route and, with `strictRouted`, one off its end. `popTop` takes the first that is
 * left, too: it becomes the Request-URI of a strict router (§16.6 step 6). Credentials for `isOwnRealm` are left out (§22.3).
 */
export function layoutOf(
  request: SipRequest,
  ownRoutes: number,
  strictRouted: boolean,
  popTop = false,
  isOwnRealm?: (realm: string) => boolean,
): RequestLayout {
  const places: Place[] = [];
  let viaCount = 0;
  let inVias = false;
  let afterVia = false;
  let hasRecordRoute = false;
  let hasContentLength = false;
  let maxForwards = -1;
  let maxBreadth = -1;
  let routes: RemainingRoutes | undefined;
  const lineCount = request.lineCount;
  for (let line = 0; line < lineCount; line++) {
    const id = request.lineId(line);
    if (inVias && id !== Via) {
      const at = request.lineStart(line);
      places.push({ slot: Slot.afterVia, start: at, end: at });
      inVias = false;
      afterVia = true;
    }
    if (id === 0) continue;
    if (id === Via) {
      if (viaCount === 0) {
        const at = request.lineStart(line);
        places.push({ slot: Slot.via, start: at, end: at });
        // RFC 7339 §5.6: what an element asks of us is nothing to those behind us.
        if (hasParam(request.via?.params ?? noParams, "oc")) {
          for (const { start, end } of overloadParamsAt(request.text, request.valueStart(line), request.lineEnd(line)))
            places.push({ slot: Slot.cut, start, end });
        }
      }
      viaCount += valuesOnLine(request, line);
      if (!afterVia) inVias = true;
    } else if (id === RecordRoute) {
      if (!hasRecordRoute) {
        const at = request.lineStart(line);
        places.push({ slot: Slot.recordRoute, start: at, end: at });
      }
      hasRecordRoute = true;
    } else if (id === MaxForwards) {
      if (maxForwards === -1) {
        maxForwards = request.number(MaxForwards) ?? 0;
        places.push({ slot: Slot.maxForwards, start: request.valueStart(line), end: request.valueEnd(line) });
      }
    } else if (id === MaxBreadth) {
      if (maxBreadth === -1) {
        maxBreadth = request.number(MaxBreadth) ?? 1;
        places.push({ slot: Slot.maxBreadth, start: request.valueStart(line), end: request.valueEnd(line) });
      }
    } else if (id === Route) {
      routes ??= remainingRoutes(request, ownRoutes + (popTop ? 1 : 0), strictRouted);
      placesOfRouteLine(request, line, routes, places);
    } else if (id === ContentLength) hasContentLength = true;
    else if (id === ProxyAuthorization && isOwnRealm !== undefined && isForRealm(request, line, isOwnRealm)) {
      places.push({ slot: Slot.cut, start: request.lineStart(line), end: request.lineEnd(line) });
    }
  }
  if (inVias) places.push({ slot: Slot.afterVia, start: request.bodyStart - 2, end: request.bodyStart - 2 });
  return {
    places,
    viaCount,
    hasRecordRoute,
    hasRoute: routes !== undefined && routes.top !== "",
    maxForwards,
    maxBreadth,
    hasContentLength,
    topRoute: routes === undefined ? "" : routes.top,
    isOwnRealm,
  };
}

// A line holds the credentials for one realm (§20.28).
function isForRealm(request: SipRequest, line: number, isOwnRealm: (realm: string) => boolean): boolean {
  const credentials = parseCredentials(request.text.slice(request.valueStart(line), request.valueEnd(line)));
  const realm = credentials.ok ? getParam(credentials.value.params, "realm") : undefined;
  return realm !== undefined && isOwnRealm(realm);
}

interface RemainingRoutes {
  readonly cuts: readonly Cut[];
  readonly firstLine: number;
  readonly lastLine: number;
  readonly top: string;
}

function remainingRoutes(request: SipRequest, fromTop: number, fromEnd: boolean): RemainingRoutes {
  const values = listValues(request, Route);
  const end = values.length - (fromEnd ? 1 : 0);
  const cuts = cutsFor(request, values, (i) => i >= fromTop && i < end);
  const first: ListValue | undefined = fromTop < end ? values[fromTop] : undefined;
  if (first === undefined) return { cuts, firstLine: -1, lastLine: -1, top: "" };
  const top = request.text.slice(first.uriStart, first.uriEnd);
  return { cuts, firstLine: first.line, lastLine: values[end - 1]!.line, top };
}

function placesOfRouteLine(request: SipRequest, line: number, routes: RemainingRoutes, places: Place[]): void {
  const start = request.lineStart(line);
  const end = request.lineEnd(line);
  if (line === routes.firstLine) places.push({ slot: Slot.push, start, end: start });
  for (const cut of routes.cuts) {
    if (cut.start >= start && cut.end <= end) places.push({ slot: Slot.cut, start: cut.start, end: cut.end });
  }
  if (line === routes.lastLine) places.push({ slot: Slot.append, start: end, end });
}

/**
 * Whether the element behind a Route value is a strict router, which finds its own URI as the Request-URI (§16.6 step 6). A
 * text that is no URI names no element, and must not get into a request line.
 */
export function isStrict(uriText: string): boolean {
  const uri = parseUri(uriText);
  return uri.ok && !(isSipUri(uri.value) && hasParam(uri.value.params, "lr"));
}
