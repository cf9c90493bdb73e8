/** A request on a stream whose end cannot be found: it is answered before its connection is closed. RFC 3261 §18.3. */

import { buildResponse, parseMessage, SipRequest } from "@trapezoid/sip/message";
import { type Flow, type GarbageReason, stampTopVia } from "@trapezoid/sip/transport";

/** `head`: the message up to its body, or up to where its header fields become too many. */
export function answerUnframed(reason: GarbageReason, head: string, flow: Flow, newTag: () => string): void {
  // §18.2.1: every request that is answered has its Via stamped.
  const parsed = parseMessage(stampTopVia(head, flow));
  if (!parsed.ok || !(parsed.value instanceof SipRequest)) return;
  const request = parsed.value;
  // RFC 3261 §8.2.6.2, §17.1.1.3: an ACK is never answered; without a Via nobody could be.
  if (request.method === "ACK" || request.via === undefined) return;
  const { status, ...parts } = answerTo(reason, request);
  flow.send(buildResponse(request, status, { toTag: newTag(), ...parts }));
}

function answerTo(reason: GarbageReason, request: SipRequest): { readonly status: number; readonly reason?: string } {
  if (reason !== "too-large") return { status: 400, reason: "Bad Content-Length" };
  // §21.5.7 where the header fields are too large, §21.4.11 where the body is.
  const hasHead = request.syntaxFault?.code !== "SIP_MSG_TRUNCATED";
  return hasHead ? { status: 413 } : { status: 513, reason: "Header Fields Too Large" };
}
