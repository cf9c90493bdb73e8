/** Forwarding without state: requests with a branch that is a function of what they are, responses by their second Via. RFC 3261 §16.11, §18.2.2; RFC 3581 §4. */

import { sipHashToken } from "@trapezoid/base";
import { HeaderId } from "../message/header-id.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { Via } from "../message/values.ts";
import { parseVia } from "../message/via.ts";
import { magicCookie } from "../transaction/worker-id.ts";
import type { Flow, Target } from "../transport/contract.ts";
import { responseTarget } from "../transport/response-target.ts";
import { flowIdFrom, flowIdText } from "./dialog-token.ts";
import { type Environment, isOwnAddress } from "./environment.ts";
import { listValues } from "./list-values.ts";

const MAC = 11;

/*
 *  z9hG4bK 00 s ___________ ___________ u3fA
 *          |  | |           |           +-- flow that the request came by, of a connection
 *          |  | |           +-------------- MAC over the first hash, the flow and the Via below: the answer goes back only where it came from
 *          |  | +-------------------------- hash that tells transactions apart
 *          |  +---------------------------- "s": without state
 *          +------------------------------- worker
 */
const kindAt = magicCookie.length + 2;
const hashAt = kindAt + 1;
const flowAt = hashAt + 2 * MAC;

/** The same for every retransmission, and for the CANCEL of the request. */
export function statelessBranch(environment: Environment, request: SipRequest, flow: Flow): string {
  const via = request.via;
  const source = via === undefined ? "" : viaIdentity(via);
  let seed = source;
  // Without the magicCookie the received branch may be no unique one (RFC 2543).
  if (!via?.branch?.startsWith(magicCookie)) {
    seed += ` ${request.toTag} ${request.fromTag} ${request.callId} ${request.cseq?.sequence} ${request.requestUri}`;
  }
  const hash = sipHashToken(environment.tokenKey, `s${seed}`);
  const flowText = flow.reliable ? flowIdText(flow.id) : "";
  return `${magicCookie}${environment.workerDigits}s${hash}${mac(environment, hash, flowText, source)}${flowText}`;
}

function mac(environment: Environment, hash: string, flowText: string, source: string): string {
  return sipHashToken(environment.tokenKey, `v${hash}${flowText} ${source}`);
}

/** What of a Via comes back unchanged, however the peer writes it. */
function viaIdentity({ branch, transport, host, port, received, rport }: Via): string {
  return `${branch} ${transport} ${host} ${port} ${received} ${rport}`;
}

/** Where a response to a statelessly forwarded request goes; undefined when we forwarded no such request. */
export function returnPath(environment: Environment, response: SipResponse): Flow | Target | undefined {
  const top = response.via;
  const branch = top?.branch;
  if (top === undefined || branch === undefined || branch.length < flowAt) return undefined;
  if (branch.charCodeAt(kindAt) !== 115 || !branch.startsWith(magicCookie)) return undefined;
  if (!isOwnAddress(environment, top.host, top.port)) return undefined;
  const value = listValues(response, HeaderId.Via)[1];
  if (value === undefined) return undefined;
  const second = parseVia(response.text.slice(value.start, value.end));
  if (!second.ok) return undefined;
  const hash = branch.slice(hashAt, hashAt + MAC);
  const flowText = branch.slice(flowAt);
  if (branch.slice(hashAt + MAC, flowAt) !== mac(environment, hash, flowText, viaIdentity(second.value)))
    return undefined;
  const flow = flowText === "" ? undefined : environment.transport.flowById(flowIdFrom(flowText) ?? "");
  return flow ?? addressOf(second.value);
}

function addressOf(via: Via): Target | undefined {
  const target = responseTarget(via);
  // A sent-by that is a name comes with `received`, which we wrote: it is never looked up.
  if (target?.numeric !== true || target.port === undefined) return undefined;
  return { kind: target.kind, address: target.host, port: target.port };
}
