/** What a message has too much of to be worth reading: few and cheap looks, before anything is parsed. RFC 3261 §16.3, §21.4.11, §21.4.12, §21.5.7. */

import { HeaderId } from "./header-id.ts";
import type { SipRequest, SipResponse } from "./message.ts";

/** Bounds of what one message holds, beside those of `parseMessage`. */
export interface ExcessLimits {
  /** Octets of one header line, its folds included. Default 16,384: what an HTTP server takes, for bearer tokens. */
  readonly headerLineBytes: number;
  /** Octets of the Request-URI. Default 4,096. */
  readonly uriBytes: number;
  /** Via values. Default 71: the caller's own, and one for each of the 70 hops of Max-Forwards (RFC 3261 §8.1.1.6). */
  readonly vias: number;
  /** Route values, and as many of Record-Route. Default 64. */
  readonly routes: number;
  /** Values on one header line, told by its commas. Default 256. */
  readonly listValues: number;
  /** Octets of the body. Default 65,536. */
  readonly bodyBytes: number;
}

export const defaultExcessLimits: ExcessLimits = {
  headerLineBytes: 16_384,
  uriBytes: 4_096,
  vias: 71,
  routes: 64,
  listValues: 256,
  bodyBytes: 65_536,
};

/** Which limit, and the answer that a request gets. */
export interface Excess {
  readonly limit: keyof ExcessLimits;
  readonly status: number;
  readonly reason: string;
}

// RFC 3261 §21.5.7: nothing is wrong with the message but its size.
const tooLarge = 513;
const excesses: { readonly [K in keyof ExcessLimits]: Excess & { readonly limit: K } } = {
  headerLineBytes: { limit: "headerLineBytes", status: tooLarge, reason: "Header Line Too Long" },
  uriBytes: { limit: "uriBytes", status: 414, reason: "Request-URI Too Long" },
  vias: { limit: "vias", status: tooLarge, reason: "Too Many Via Values" },
  routes: { limit: "routes", status: tooLarge, reason: "Too Many Route Values" },
  listValues: { limit: "listValues", status: tooLarge, reason: "Too Many Header Field Values" },
  bodyBytes: { limit: "bodyBytes", status: 413, reason: "Request Entity Too Large" },
};

const { Via, Route } = HeaderId;
const RecordRoute = HeaderId["Record-Route"];

/** Values that are written as short as can be: `SIP/2.0/UDP a` and `<sip:a>`, each with its comma. Fewer octets cannot hold too many. */
const shortestVia = 14;
const shortestRoute = 8;

/** The first limit that the message exceeds; undefined for nearly all. */
export function findExcess(message: SipRequest | SipResponse, limits: ExcessLimits): Excess | undefined {
  if (message.text.length - message.bodyStart > limits.bodyBytes) return excesses.bodyBytes;
  if (message.isRequest && message.requestUri.length > limits.uriBytes) return excesses.uriBytes;
  let [viaBytes, routeBytes, recordBytes, viaLines, routeLines, recordLines] = [0, 0, 0, 0, 0, 0];
  const count = message.lineCount;
  let start = message.headersStart;
  for (let line = 0; line < count; line++) {
    const end = message.lineEnd(line);
    const size = end - start;
    start = end;
    if (size > limits.headerLineBytes) return excesses.headerLineBytes;
    // A value needs an octet and its comma.
    if (size > limits.listValues && valuesOn(message, line) > limits.listValues) return excesses.listValues;
    const id = message.lineId(line);
    if (id === Via) {
      viaLines++;
      viaBytes += size;
    } else if (id === Route) {
      routeLines++;
      routeBytes += size;
    } else if (id === RecordRoute) {
      recordLines++;
      recordBytes += size;
    }
  }
  if (isBeyond(message, Via, viaLines, viaBytes, limits.vias, shortestVia)) return excesses.vias;
  if (isBeyond(message, Route, routeLines, routeBytes, limits.routes, shortestRoute)) return excesses.routes;
  if (isBeyond(message, RecordRoute, recordLines, recordBytes, limits.routes, shortestRoute)) return excesses.routes;
  return undefined;
}

function isBeyond(
  message: SipRequest | SipResponse,
  id: number,
  lines: number,
  bytes: number,
  limit: number,
  shortest: number,
): boolean {
  if (lines > limit) return true;
  if (bytes <= limit * shortest) return false;
  let values = 0;
  for (let line = message.findLine(id); line !== -1; line = message.findLine(id, line + 1)) {
    values += valuesOn(message, line);
  }
  return values > limit;
}

/** By the commas, those in quotes and in angle brackets included: nobody has a limit's worth of them in a name. */
function valuesOn(message: SipRequest | SipResponse, line: number): number {
  const end = message.lineEnd(line);
  let values = 1;
  let at = message.text.indexOf(",", message.valueStart(line));
  while (at !== -1 && at < end) {
    values++;
    at = message.text.indexOf(",", at + 1);
  }
  return values;
}
