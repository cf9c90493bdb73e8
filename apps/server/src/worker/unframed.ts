/** A request on a stream whose end cannot be found: it is answered before its connection is closed. RFC 3261 §18.3. */

import { buildResponse, parseMessage, SipRequest } from "@trapezoid/sip/message";
import type { Flow, GarbageReason } from "@trapezoid/sip/transport";

/** `head`: the message up to its body. */
export function answerUnframed(reason: GarbageReason, head: string, flow: Flow, newTag: () => string): void {
  const parsed = parseMessage(head);
  if (!parsed.ok || !(parsed.value instanceof SipRequest)) return;
  const request = parsed.value;
  // RFC 3261 §8.2.6.2, §17.1.1.3: an ACK is never answered; without a Via nobody could be.
  if (request.method === "ACK" || request.via === undefined) return;
  const [status, phrase] = reason === "too-large" ? ([413, ""] as const) : ([400, "Bad Content-Length"] as const);
  flow.send(buildResponse(request, status, { toTag: newTag(), ...(phrase !== "" && { reason: phrase }) }));
}
