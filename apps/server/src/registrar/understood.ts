/** What a request that ends at this server asks it to understand: extensions and bodies. RFC 3261 §8.2.2.3, §8.2.3. */

import { type BodyPart, bodyParts, equalsIgnoreCase, partHeader, type SipRequest } from "@trapezoid/sip/message";
import { unmetRequirement } from "./extensions.ts";
import type { Refusal } from "./refusal.ts";

/** Types and codings of bodies, as Accept and Accept-Encoding tell them. */
export const acceptedTypes = "application/sdp";
export const acceptedEncodings = "identity";

/** `undefined` when nothing is asked that this server does not know. */
export function notUnderstood(request: SipRequest): Refusal | undefined {
  return unmetRequirement(request) ?? (request.text.length > request.bodyStart ? unreadBody(request) : undefined);
}

function unreadBody(request: SipRequest): Refusal | undefined {
  const parts = bodyParts(request);
  if (!parts.ok) return { status: 400, reason: "Bad Multipart Body" };
  for (const part of parts.value) {
    if (isOptional(part)) continue;
    const encoding = partHeader(part, "Content-Encoding");
    if (encoding !== undefined && !equalsIgnoreCase(encoding, acceptedEncodings)) {
      return { status: 415, reason: "", headers: [["Accept-Encoding", acceptedEncodings]] };
    }
    const type = (partHeader(part, "Content-Type") ?? "").split(";", 1)[0]!.trim();
    if (!equalsIgnoreCase(type, acceptedTypes)) {
      return { status: 415, reason: "", headers: [["Accept", acceptedTypes]] };
    }
  }
  return undefined;
}

// §20.11: what is not said to be optional is required.
function isOptional(part: BodyPart): boolean {
  return /;\s*handling\s*=\s*"?optional"?\s*(?:;|$)/i.test(partHeader(part, "Content-Disposition") ?? "");
}
