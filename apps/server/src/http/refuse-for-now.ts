/** The answer to a request for a signalling thread that is behind. RFC 3261 §21.5.4. */

import { buildResponse, parseMessage, SipRequest } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";

const retryAfterSeconds = "10";

/** Without state; ACKs and responses are lost, which their senders do not wait for. */
export function refuseForNow(text: string, flow: Flow): void {
  const parsed = parseMessage(text);
  if (!parsed.ok || !(parsed.value instanceof SipRequest)) return;
  const request = parsed.value;
  if (request.method === "ACK" || request.via === undefined) return;
  // §8.2.7: a repetition must get the same tag, and it has the same branch.
  const toTag = `busy-${request.via.branch ?? ""}`;
  flow.send(buildResponse(request, 503, { toTag, headers: [["Retry-After", retryAfterSeconds]] }));
}
