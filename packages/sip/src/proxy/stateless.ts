/** Forwarding without state: requests with a branch that is a function of what they are, responses by their second Via. RFC 3261 §16.11, §18.2.2; RFC 3581 §4. */

import { sipHashToken } from "@trapezoid/base";
import { HeaderId } from "../message/header-id.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { Via } from "../message/values.ts";
import { parseVia } from "../message/via.ts";
import { magicCookie } from "../transaction/worker-id.ts";
import type { Flow, Target } from "../transport/contract.ts";
import { responseTarget } from "../transport/response-target.ts";
import { type Environment, isOwnAddress } from "./environment.ts";
import { flowIdFrom, flowIdText } from "./flow-id-text.ts";
import { hashSeed, hashText, mix } from "./hash-text.ts";
import { listValues } from "./list-values.ts";

/*
 *  z9hG4bK 00 s ___________ ______ u3fA
 *          |  | |           |      +-- flow that the request came by, of a connection
 *          |  | |           +--------- "o" only: hash of what else tells requests of RFC 2543 apart
 *          |  | +--------------------- MAC over the Via below and all else here: the answer goes back only where the request came from
 *          |  +----------------------- "s": without state; "o": likewise, for a request of RFC 2543
 *          +-------------------------- worker
 */
const kindAt = magicCookie.length + 2;
const macAt = kindAt + 1;
const restAt = macAt + 11;
const EXTRA = 6;

/** The same for every retransmission, and for the CANCEL of the request. */
export function statelessBranch(environment: Environment, request: SipRequest, flow: Flow): string {
  const via = request.via;
  if (via === undefined) return environment.transactions.newBranch();
  // The MAC makes the branch unique as the received one is. One without the cookie may not be (RFC 2543).
  const isUnique = via.branch?.startsWith(magicCookie) === true;
  const rest = (isUnique ? "" : legacyHash(request)) + (flow.reliable ? flowIdText(flow.id) : "");
  return `${magicCookie}${environment.workerDigits}${isUnique ? "s" : "o"}${mac(environment, via, rest)}${rest}`;
}

function legacyHash(request: SipRequest): string {
  const { toTag, fromTag, callId, cseq, requestUri } = request;
  return hashText(mix(hashSeed, `${toTag} ${fromTag} ${callId} ${cseq?.sequence} ${requestUri}`));
}

/** Over what of the Via comes back unchanged, however the peer writes it. */
function mac(environment: Environment, { branch, transport, host, port, received, rport }: Via, rest: string): string {
  return sipHashToken(environment.tokenKey, `v${branch} ${transport} ${host} ${port} ${received} ${rport} ${rest}`);
}

/** Where a response to a statelessly forwarded request goes; undefined when we forwarded no such request. */
export function returnPath(environment: Environment, response: SipResponse): Flow | Target | undefined {
  const top = response.via;
  const branch = top?.branch;
  if (top === undefined || branch === undefined || !branch.startsWith(magicCookie)) return undefined;
  const kind = branch[kindAt];
  if ((kind !== "s" && kind !== "o") || !isOwnAddress(environment, top.host, top.port)) return undefined;
  const value = listValues(response, HeaderId.Via)[1];
  if (value === undefined) return undefined;
  const second = parseVia(response.text.slice(value.start, value.end));
  if (!second.ok) return undefined;
  const rest = branch.slice(restAt);
  if (branch.slice(macAt, restAt) !== mac(environment, second.value, rest)) return undefined;
  const flowText = kind === "o" ? rest.slice(EXTRA) : rest;
  const flow = flowText === "" ? undefined : environment.transport.flowById(flowIdFrom(flowText) ?? "");
  return flow ?? addressOf(second.value);
}

function addressOf(via: Via): Target | undefined {
  const target = responseTarget(via);
  // A sent-by that is a name comes with `received`, which we wrote: it is never looked up.
  if (target?.numeric !== true || target.port === undefined) return undefined;
  return { kind: target.kind, address: target.host, port: target.port };
}
