/** To tags of responses that nobody remembers: who gets one back knows it for its own. RFC 3261 §8.2.7. */

import { type SipHashKey, sipHashToken } from "@trapezoid/base";
import type { SipRequest } from "../message/message.ts";

/**
 * The same for a request, its repetitions and its ACK: made from what finds the transaction, and from Call-ID. `prefix` is the
 * worker's number; the hyphen after it sets it apart from nearly all other tags.
 */
export function statelessTag(prefix: string, secret: SipHashKey, key: string, request: SipRequest): string {
  return `${prefix}-${sipHashToken(secret, `${key}\n${request.callId ?? ""}`)}`;
}

/** Whether it is worth making the tag again to compare. */
export function mayBeStateless(tag: string): boolean {
  return tag.charCodeAt(2) === 45;
}
