/** Our Record-Route values, and which flows they must remember. RFC 3261 §16.6 step 4, RFC 5658, RFC 5626 §5.3. */

import { bracket } from "../message/host.ts";
import type { SipRequest } from "../message/message.ts";
import type { Flow } from "../transport/contract.ts";
import { isSameSide } from "./address-texts.ts";
import type { ProxyTarget } from "./contract.ts";
import { formatToken } from "./dialog-token.ts";
import type { Environment } from "./environment.ts";

const neverADialog = new Set([
  "ACK",
  "BYE",
  "CANCEL",
  "INFO",
  "MESSAGE",
  "OPTIONS",
  "PRACK",
  "PUBLISH",
  "REGISTER",
  "UPDATE",
]);

/** Methods that can make a dialog, and those that nobody here knows and that may (§16.6 step 4). */
export function mayMakeDialog(method: string): boolean {
  return method === "INVITE" || !neverADialog.has(method);
}

/**
 * The flow by which the caller must be reached: of a phone that is directly attached, its connection, or its NAT binding. An
 * address that can be reached by its Contact is left to Contact.
 */
export function callerFlowId(request: SipRequest, flow: Flow, viaCount: number): string | undefined {
  if (viaCount !== 1) return undefined;
  if (flow.reliable) return flow.id;
  const via = request.via;
  // Without rport the peer may send from one port and listen on another (RFC 3581 §1): its source says nothing.
  if (via === undefined || via.rport === undefined) return undefined;
  const direct = bracket(flow.remote.address) === via.host && (via.port ?? 5060) === flow.remote.port;
  return direct ? undefined : flow.id;
}

/** Likewise for the callee, from the binding's flow. */
export function calleeFlowId(target: ProxyTarget): string | undefined {
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

export interface DialogEnds {
  readonly callId: string;
  readonly fromTag: string;
  readonly callerFlow: string | undefined;
  /** The received request came for a sips resource. */
  readonly callerSecure: boolean;
  readonly calleeFlow: string | undefined;
  /** The copy goes to a sips resource: Request-URI or topmost Route. */
  readonly calleeSecure: boolean;
}

/** One header line, or two where the sides cannot share an address. */
export function recordRouteLines(environment: Environment, incoming: Flow, outgoing: Flow, ends: DialogEnds): string {
  const token = formatToken(
    environment.tokenKey,
    environment.workerDigits,
    ends.callId,
    ends.fromTag,
    ends.callerFlow,
    ends.calleeFlow,
  );
  const calleeSide = line(environment, outgoing, ends.calleeSecure, token);
  if (ends.callerSecure === ends.calleeSecure && isSameSide(incoming, outgoing)) return calleeSide;
  // RFC 5658 §3.1: the topmost value faces the callee, the one below the caller.
  return calleeSide + line(environment, incoming, ends.callerSecure, token);
}

function line(environment: Environment, flow: Flow, secure: boolean, token: string): string {
  const texts = environment.addresses.of(flow);
  return secure
    ? `Record-Route: <sips:${token}${texts.sipsSuffix}\r\n`
    : `Record-Route: <sip:${token}${texts.sipSuffix}\r\n`;
}

export function isSips(uri: string): boolean {
  return uri.charCodeAt(4) === 58 && (uri.charCodeAt(3) | 32) === 115;
}
