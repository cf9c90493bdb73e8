/** What a request's server transaction is found by, the method aside. RFC 3261 §17.2.3. */

import type { SipRequest } from "../message/message.ts";
import type { Via } from "../message/values.ts";
import { magicCookie } from "./worker-id.ts";

/**
 * Branch and sent-by, joined: a text of its own, so that the map keeps no part of the request's text alive. Compared
 * octet by octet: an element writes the same Via into request, retransmission, ACK and CANCEL.
 */
export function serverKey(request: SipRequest, via: Via): string {
  const { branch } = via;
  if (branch === undefined || !isUnique(branch)) return legacyKey(request);
  return `${branch} ${via.host}:${via.port ?? ""}`;
}

/** Whether the branch was made by an RFC 3261 element. The cookie alone identifies nothing (RFC 4475 §3.2.1). */
function isUnique(branch: string): boolean {
  if (branch.length <= magicCookie.length) return false;
  return branch.startsWith(magicCookie) || branch.slice(0, magicCookie.length).toLowerCase() === "z9hg4bk";
}

/** Whether the key was made for an RFC 2543 element. */
export function isLegacyKey(key: string): boolean {
  return key.startsWith("\n");
}

/**
 * §17.2.3, second half: Request-URI, From tag, Call-ID, CSeq number and topmost Via. The To tag, which an ACK has from
 * the response, is compared by the layer.
 */
function legacyKey(request: SipRequest): string {
  const { callId, cseq, fromTag, requestUri } = request;
  const via = request.header("Via");
  return `\n${callId}\n${cseq?.sequence}\n${fromTag}\n${requestUri}\n${via}`;
}
