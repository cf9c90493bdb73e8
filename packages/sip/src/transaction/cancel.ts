/** The CANCEL for a request of ours. RFC 3261 §9.1. */

import { HeaderId } from "../message/header-id.ts";
import { listElementEnd } from "../message/lexer.ts";
import { parseMessage } from "../message/message.ts";

const { Via, From, To, CSeq, Route } = HeaderId;
const CallId = HeaderId["Call-ID"];

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
