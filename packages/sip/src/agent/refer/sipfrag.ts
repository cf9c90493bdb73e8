/** Bodies of message/sipfrag that report how far a request has got: a status line. RFC 3420, RFC 3515 §2.4.5. */

import { reasonPhrase } from "../../message/reason-phrases.ts";
import type { SessionBody } from "../session/values.ts";

export interface Report {
  readonly status: number;
  readonly reason: string;
}

/** `undefined`: the body has no status line. */
export function parseSipfrag(body: string): Report | undefined {
  const match = /^\s*SIP\/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]*))?/.exec(body);
  return match === null ? undefined : { status: Number(match[1]), reason: match[2]?.trim() ?? "" };
}

export function formatSipfrag(status: number, reason?: string): SessionBody {
  const phrase = (reason ?? reasonPhrase(status)).replace(/[\r\n]+/g, " ");
  return { contentType: "message/sipfrag;version=2.0", body: `SIP/2.0 ${status} ${phrase}\r\n` };
}
