/** Loops told from spirals by a hash in our branches over all that decides where a request goes. RFC 5393 §4.2, which replaces RFC 3261 §16.3 step 4 and §16.6 step 8. */

import { HeaderId } from "../message/header-id.ts";
import type { SipRequest } from "../message/message.ts";
import { parseVia } from "../message/via.ts";
import { type Environment, isOwnAddress } from "./environment.ts";
import { hashSeed, hashText, mix, mixRange } from "./hash-text.ts";
import { listValues } from "./list-values.ts";

const { Via, Route } = HeaderId;
const ProxyRequire = HeaderId["Proxy-Require"];
const ProxyAuthorization = HeaderId["Proxy-Authorization"];

/**
 * The second part of our branch, with the dot that sets it off. It varies with the Request-URI, the Route values and whatever else
 * routing may read, and with the transaction (§4.2.4); never with the method, which CANCEL and ACK must share (§16.6 step 8).
 * `bySource`: routing may go by where a request comes from, so one that returns from elsewhere may take another way, and loops when
 * it comes from there again.
 */
export function loopPart(request: SipRequest, bySource: boolean): string {
  const text = request.text;
  let hash = mix(hashSeed, request.requestUri);
  hash = mix(hash, request.callId ?? "");
  hash = mix(hash, request.fromTag ?? "");
  hash = mix(hash, request.toTag ?? "");
  hash = Math.imul(hash ^ (request.cseq?.sequence ?? 0), 0x01000193);
  const via = bySource ? request.via : undefined;
  if (via !== undefined) hash = mix(hash, via.received ?? via.host);
  for (let line = 0; line < request.lineCount; line++) {
    const id = request.lineId(line);
    if (id === Route || id === ProxyRequire || id === ProxyAuthorization) {
      hash = mixRange(hash, text, request.valueStart(line), request.lineEnd(line));
    }
  }
  return `.${hashText(hash)}`;
}

/** Whether one of our Via values shows that this very request has passed before: 482. */
export function hasLooped(request: SipRequest, environment: Environment): boolean {
  const first = request.findLine(Via);
  const text = request.text;
  // Nothing has passed us that has only one Via value.
  if (
    request.findLine(Via, first + 1) === -1 &&
    !text.slice(request.valueStart(first), request.lineEnd(first)).includes(",")
  ) {
    return false;
  }
  return (
    hasPassed(request, loopPart(request, true), environment) ||
    hasPassed(request, loopPart(request, false), environment)
  );
}

function hasPassed(request: SipRequest, part: string, environment: Environment): boolean {
  const { text } = request;
  const at = text.indexOf(part, request.headersStart);
  if (at === -1 || at >= request.bodyStart) return false;
  for (const value of listValues(request, Via)) {
    const via = parseVia(text.slice(value.start, value.end));
    if (via.ok && via.value.branch?.endsWith(part) && isOwnAddress(environment, via.value.host, via.value.port))
      return true;
  }
  return false;
}
