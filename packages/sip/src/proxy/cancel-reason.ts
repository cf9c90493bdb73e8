/** Why a request that we forwarded is cancelled. RFC 3326. */

import { HeaderId } from "../message/header-id.ts";
import type { SipRequest } from "../message/message.ts";

const { Reason } = HeaderId;

/** RFC 3326 §3.1: another branch was answered. */
export const completedElsewhere = 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\n';

/** Another branch declined for all of them. */
export function declinedElsewhere(status: number, phrase: string): string {
  return `Reason: SIP;cause=${status};text="${phrase.replace(/["\\]/g, "\\$&")}"\r\n`;
}

/** The Reason lines of a request, as they are. */
export function reasonLines(request: SipRequest): string {
  let lines = "";
  for (let line = request.findLine(Reason); line !== -1; line = request.findLine(Reason, line + 1)) {
    lines += request.text.slice(request.lineStart(line), request.lineEnd(line));
  }
  return lines;
}
