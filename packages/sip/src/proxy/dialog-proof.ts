/**
 * Whether a request with a token of ours is one of its dialog's. Whoever has seen the token can write it into any request, so it
 * alone opens nothing but the ways that it remembers. RFC 3261 §16.6 step 4, §26.
 */

import { isIpAddress } from "../message/host.ts";
import type { SipRequest } from "../message/message.ts";
import type { Flow } from "../transport/contract.ts";
import type { DialogToken } from "./contract.ts";
import {
  type Direction,
  directionOf,
  hasEnd,
  hostHash,
  isFrom,
  type TokenContents,
  type TokenSide,
} from "./dialog-token.ts";
import type { Environment } from "./environment.ts";
import { hopEnd, hopEndOf, sameWriting } from "./hop-end.ts";
import { mayMakeDialog } from "./record-route.ts";

/** `first` faces the sender, `last` leads on; `nextHop`: the topmost Route value that is left, else the Request-URI. */
export function dialogOf(
  environment: Environment,
  request: SipRequest,
  flow: Flow,
  first: TokenContents,
  last: TokenContents,
  nextHop: string,
): DialogToken | undefined {
  const { method, toTag } = request;
  // No dialog has been made yet, and none is made of these.
  if (toTag === undefined || method === "REGISTER" || method === "PUBLISH") return undefined;
  const direction = directionOf(last, request.fromTag, toTag);
  const start = first === last ? direction : directionOf(first, request.fromTag, toTag);
  if (direction === undefined || start === undefined) return undefined;
  const { peer } = direction;
  if (peer.flow !== undefined) return overFlow(environment, request, flow, start, peer, nextHop);
  const key = environment.tokenKey;
  const callId = request.callId ?? "";
  const end = nextHop === request.requestUri ? hopEnd(request.uri) : hopEndOf(nextHop);
  if (end === undefined) return undefined;
  const isKnown = hasEnd(peer, hostHash(key, end.host, callId), end.port);
  // A request that is passed on and makes no token needs no more.
  if (isKnown && !mayMakeDialog(method)) return knownHost;
  const isProven = isSender(environment, request, flow, start.sender);
  const senderMayLeave = isProven && start.sender.mayLeave;
  if (isKnown) return { flow: undefined, senderMayLeave, peerMayLeave: peer.mayLeave };
  // An ACK cannot be challenged, and brings nobody an answer.
  if (senderMayLeave || (isProven && method === "ACK")) return { flow: undefined, senderMayLeave, peerMayLeave: false };
  return undefined;
}

const knownHost: DialogToken = { flow: undefined, senderMayLeave: false, peerMayLeave: false };

/** The recorded flow decides alone; what Route and Request-URI say matters to the peer. */
function overFlow(
  environment: Environment,
  request: SipRequest,
  flow: Flow,
  { sender }: Direction,
  peer: TokenSide,
  nextHop: string,
): DialogToken {
  const open = environment.transport.flowById(peer.flow!);
  const isGone = open === undefined || open.closed;
  const senderMayLeave =
    (isGone || mayMakeDialog(request.method)) && sender.mayLeave && isSender(environment, request, flow, sender);
  if (!isGone) return { flow: open, senderMayLeave, peerMayLeave: peer.mayLeave };
  const host = senderMayLeave ? hopEndOf(nextHop)?.host : undefined;
  // RFC 5626 §5.3.1 has 430 for a flow that is gone. An address in its place is worth a try.
  const isAddress = host !== undefined && isIpAddress(host);
  return { flow: isAddress ? undefined : null, senderMayLeave, peerMayLeave: false };
}

/** Whether the packet came from where that side of the dialog is. */
function isSender(environment: Environment, request: SipRequest, flow: Flow, side: TokenSide): boolean {
  if (side.flow !== undefined) return flow.id === side.flow;
  const source = sameWriting(flow.remote.address);
  const hash = hostHash(environment.tokenKey, source, request.callId ?? "");
  return isFrom(side, hash, flow.reliable ? undefined : flow.remote.port);
}
