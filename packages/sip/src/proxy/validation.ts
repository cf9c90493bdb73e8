/** What a request must be to be proxied. RFC 3261 §16.3, RFC 5393 §4.2.2 and §5.3.3. */

import { HeaderId } from "../message/header-id.ts";
import { splitList } from "../message/lexer.ts";
import type { SipRequest } from "../message/message.ts";
import { checkRequest } from "../message/validate.ts";
import type { Refusal } from "./contract.ts";
import type { Environment } from "./environment.ts";
import { hasLooped } from "./loop-detection.ts";

const MaxForwards = HeaderId["Max-Forwards"];
const MaxBreadth = HeaderId["Max-Breadth"];
const ProxyRequire = HeaderId["Proxy-Require"];

export const tooManyHops: Refusal = { status: 483, reason: "Too Many Hops" };
export const maxBreadthExceeded: Refusal = { status: 440, reason: "Max-Breadth Exceeded" };
const loopDetected: Refusal = { status: 482, reason: "Loop Detected" };
const unsupportedScheme: Refusal = { status: 416, reason: "Unsupported URI Scheme" };

/** Undefined when the request may go on. Proxy-Authorization, step 6, is the engine's. */
export function validate(request: SipRequest, environment: Environment): Refusal | undefined {
  // Step 1: reasonable syntax.
  const syntax = checkRequest(request);
  if (syntax !== undefined) return syntax;
  // Step 2: URI scheme.
  const uri = request.uri;
  if (uri === undefined || !environment.schemes.includes(uri.scheme)) return unsupportedScheme;
  // Step 3: Max-Forwards. OPTIONS and REGISTER may end here by right (§11, §10.3); `forward` refuses to pass them on.
  const hops = request.number(MaxForwards);
  if (hops === undefined) {
    if (request.findLine(MaxForwards) !== -1) return { status: 400, reason: "Bad Max-Forwards" };
  } else if (hops === 0 && request.method !== "OPTIONS" && request.method !== "REGISTER") return tooManyHops;
  // RFC 5393 §5.3.1: a positive integer.
  if (request.findLine(MaxBreadth) !== -1) {
    const breadth = request.number(MaxBreadth);
    if (breadth === undefined) return { status: 400, reason: "Bad Max-Breadth" };
    if (breadth === 0) return maxBreadthExceeded;
  }
  // Step 4: loops.
  if (hasLooped(request, environment)) {
    environment.counters.loops++;
    return loopDetected;
  }
  // Step 5: Proxy-Require; in a CANCEL it is ignored (§8.2.2.3).
  if (request.findLine(ProxyRequire) !== -1 && request.method !== "CANCEL")
    return checkProxyRequire(request, environment.proxyRequire);
  return undefined;
}

function checkProxyRequire(request: SipRequest, understood: readonly string[]): Refusal | undefined {
  const unsupported = request
    .headers("Proxy-Require")
    .flatMap(splitList)
    .filter((tag) => !understood.includes(tag.toLowerCase()));
  if (unsupported.length === 0) return undefined;
  return { status: 420, reason: "Bad Extension", headers: [["Unsupported", unsupported.join(", ")]] };
}
