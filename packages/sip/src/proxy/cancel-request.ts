/** The CANCEL for a request that we forwarded, and why it is cancelled. RFC 3261 §9.1, RFC 3326. */

import { HeaderId } from "../message/header-id.ts";
import { listElementEnd } from "../message/lexer.ts";
import { parseMessage, type SipRequest } from "../message/message.ts";

const { Via, From, To, CSeq, Route, Reason } = HeaderId;
const CallId = HeaderId["Call-ID"];

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

/**
 * `requestText` is the request as sent. Request-URI, Call-ID, To, From, the number of CSeq and Route are its own; of its Via
 * values the topmost, which is ours. `reason` is whole header lines. Undefined when the text is no request.
 */
export function formatCancel(requestText: string, reason: string): string | undefined {
  const parsed = parseMessage(requestText);
  if (!parsed.ok || !parsed.value.isRequest) return undefined;
  const request = parsed.value;
  const text = request.text;
  let out = `CANCEL ${request.requestUri} SIP/2.0\r\n`;
  let isTop = true;
  for (let line = 0; line < request.lineCount; line++) {
    const id = request.lineId(line);
    if (id === Via && isTop) {
      const start = request.valueStart(line);
      out += `Via: ${text.slice(start, listElementEnd(text, start, request.valueEnd(line)))}\r\nMax-Forwards: 70\r\n`;
      isTop = false;
    } else if (id === Route || id === From || id === To || id === CallId) {
      out += text.slice(request.lineStart(line), request.lineEnd(line));
    } else if (id === CSeq) out += `CSeq: ${request.cseq?.sequence ?? 0} CANCEL\r\n`;
  }
  return `${out}${reason}Content-Length: 0\r\n\r\n`;
}
