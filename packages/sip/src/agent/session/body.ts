/** The session body of a message: alone, or as a part of several. RFC 3261 §7.4, §20.11, RFC 5621. */

import { ContentDisposition, ContentType } from "../../message/fields/content.ts";
import type { SipMessage } from "../../message/message.ts";
import { type BodyPart, bodyParts, partHeader } from "../../message/multipart.ts";
import type { SessionBody } from "./values.ts";

/** The first body that is a session's and of a type that we take; `undefined` when there is none. */
export function sessionBodyOf(message: SipMessage, types: readonly string[]): SessionBody | undefined {
  if (message.bodyStart >= message.text.length) return undefined;
  const parts = bodyParts(message);
  if (!parts.ok) return undefined;
  for (const part of parts.value) {
    const contentType = partHeader(part, "Content-Type");
    if (contentType === undefined) continue;
    const type = typeOf(contentType);
    if (!types.includes(type) || !isSession(part, type)) continue;
    const headers = part.headers.filter(([name]) => name.toLowerCase() !== "content-type");
    return headers.length === 0 ? { contentType, body: part.body } : { contentType, body: part.body, headers };
  }
  return undefined;
}

/** §13.2.1, §20.11: what has no disposition is a session where it is application/sdp, and else to be shown. */
function isSession(part: BodyPart, type: string): boolean {
  const text = partHeader(part, "Content-Disposition");
  if (text === undefined) return type === "application/sdp";
  const parsed = ContentDisposition.parse(text);
  return parsed.ok && parsed.value.type.toLowerCase() === "session";
}

/** `application/sdp`, in lower case and without parameters; "" for what is no type. */
export function typeOf(contentType: string): string {
  const parsed = ContentType.parse(contentType);
  return parsed.ok ? `${parsed.value.type}/${parsed.value.subtype}`.toLowerCase() : "";
}
