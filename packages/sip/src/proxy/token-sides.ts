/** What a dialog's token remembers of caller and callee. RFC 3261 §16.6 step 4, RFC 5626 §5.3. */

import type { SipHashKey } from "@trapezoid/base";
import { HeaderId } from "../message/header-id.ts";
import { bracket } from "../message/host.ts";
import type { SipRequest } from "../message/message.ts";
import type { Flow } from "../transport/contract.ts";
import type { ProxyTarget } from "./contract.ts";
import { endText, type TokenSide } from "./dialog-token.ts";
import type { CopyRouting } from "./forward-copy.ts";
import { type HopEnd, hopEndOf, sameWriting } from "./hop-end.ts";
import { listValues } from "./list-values.ts";

const { Contact } = HeaderId;
const RecordRoute = HeaderId["Record-Route"];

export function callerSide(
  key: SipHashKey,
  request: SipRequest,
  incoming: Flow,
  viaCount: number,
  mayLeave: boolean,
): TokenSide {
  const flow = callerFlowId(request, incoming, viaCount);
  if (flow !== undefined) return { flow, hosts: "", mayLeave };
  const callId = request.callId ?? "";
  // §18.2.2: the port that it listens on, which need not be the one that it sends from.
  const port = request.via?.port ?? (incoming.secure ? 5061 : 5060);
  const source: HopEnd = { host: sameWriting(incoming.remote.address), port };
  // Of somebody who may not leave, what the request says is no reason to send anything there.
  const named = mayLeave ? namedEnd(request) : undefined;
  // Others may share the phone's address (NAT, one machine), so its port tells it from them. A proxy or gateway may use several.
  const isExact = viaCount === 1 && !incoming.reliable && port === incoming.remote.port;
  return { flow: undefined, hosts: endTexts(key, callId, source, named, isExact), mayLeave };
}

/** Where requests for the caller go by what the request says: the element before us that stays in the dialog, or its Contact. */
function namedEnd(request: SipRequest): HopEnd | undefined {
  const id = request.findLine(RecordRoute) === -1 ? Contact : RecordRoute;
  if (request.findLine(id) === -1) return undefined;
  const value = listValues(request, id)[0];
  return value === undefined ? undefined : hopEndOf(request.text.slice(value.uriStart, value.uriEnd));
}

/** Likewise of the callee of a new dialog: where the engine sends the request. */
export function calleeSide(key: SipHashKey, callId: string, target: ProxyTarget, routing: CopyRouting): TokenSide {
  const mayLeave = target.flow != null || target.label === "registered";
  const flow = calleeFlowId(target);
  if (flow !== undefined) return { flow, hosts: "", mayLeave };
  const through = routing.nextHop === target.uri ? undefined : hopEndOf(routing.nextHop);
  return {
    flow: undefined,
    hosts: endTexts(key, callId, hopEndOf(target.uri), through, target.flow != null),
    mayLeave,
  };
}

/** `isExact`: of the first one's host. */
function endTexts(
  key: SipHashKey,
  callId: string,
  first: HopEnd | undefined,
  second: HopEnd | undefined,
  isExact: boolean,
): string {
  const text = first === undefined ? "" : endText(key, first, callId, isExact);
  if (second === undefined) return text;
  const isSameHost = second.host === first?.host;
  if (isSameHost && second.port === first?.port) return text;
  return text + endText(key, second, callId, isExact && isSameHost);
}

/**
 * Likewise of who gets a request within a dialog. Its sender chose the Request-URI: nothing is remembered but the flow or the
 * next hop that the request may take.
 */
export function peerSide(
  key: SipHashKey,
  callId: string,
  flow: Flow | null | undefined,
  nextHop: string,
  mayLeave: boolean,
): TokenSide {
  if (flow != null) return { flow: flow.id, hosts: "", mayLeave };
  return { flow: undefined, hosts: endTexts(key, callId, hopEndOf(nextHop), undefined, true), mayLeave };
}

/**
 * The flow by which the caller must be reached: of a phone that is directly attached, its connection, or its NAT binding. An
 * address that can be reached by its Contact is left to Contact.
 */
function callerFlowId(request: SipRequest, flow: Flow, viaCount: number): string | undefined {
  if (viaCount !== 1) return undefined;
  if (flow.reliable) return flow.id;
  const via = request.via;
  // Without rport the peer may send from one port and listen on another (RFC 3581 §1): its source says nothing.
  if (via === undefined || via.rport === undefined) return undefined;
  const direct = bracket(flow.remote.address) === via.host && (via.port ?? 5060) === flow.remote.port;
  return direct ? undefined : flow.id;
}

/** Likewise for the callee, from the binding's flow. */
function calleeFlowId(target: ProxyTarget): string | undefined {
  const flow = target.flow;
  if (flow === undefined || flow === null) return undefined;
  return flow.reliable || !pointsAt(target.uri, flow.remote) ? flow.id : undefined;
}

/** Whether a SIP URI's text has this address and port as its host. */
function pointsAt(uri: string, { address, port }: Flow["remote"]): boolean {
  const host = bracket(address);
  let at = uri.indexOf("@") + 1;
  if (at === 0) at = uri.indexOf(":") + 1;
  if (!uri.startsWith(host, at)) return false;
  at += host.length;
  if (uri.charCodeAt(at) !== 58) return port === 5060 && (at === uri.length || uri.charCodeAt(at) === 59);
  const digits = String(port);
  if (!uri.startsWith(digits, at + 1)) return false;
  at += 1 + digits.length;
  return at === uri.length || uri.charCodeAt(at) === 59;
}
