/** Our Record-Route values, and who gets them. RFC 3261 §16.6 step 4, RFC 5658. */

import type { Flow } from "../transport/contract.ts";
import { isSameSide } from "./address-texts.ts";
import { formatToken, type TokenSide } from "./dialog-token.ts";
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

export interface DialogEnds {
  readonly callId: string;
  readonly fromTag: string;
  readonly caller: TokenSide;
  /** The received request came for a sips resource. */
  readonly callerSecure: boolean;
  readonly callee: TokenSide;
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
    ends.caller,
    ends.callee,
  );
  const calleeSide = line(environment, outgoing, ends.calleeSecure, token);
  if (ends.callerSecure === ends.calleeSecure && isSameSide(incoming, outgoing)) return calleeSide;
  // RFC 5658 §5: the topmost value faces the callee, the one below the caller.
  return calleeSide + line(environment, incoming, ends.callerSecure, token);
}

function line(environment: Environment, flow: Flow, secure: boolean, token: string): string {
  const texts = environment.addresses.of(flow);
  return secure
    ? `Record-Route: <sips:${token}${texts.sipsSuffix}\r\n`
    : `Record-Route: <sip:${token}${texts.sipSuffix}\r\n`;
}
