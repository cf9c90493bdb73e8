/** The ACK to a final response that is no 2xx, which is the transaction's own business. RFC 3261 §17.1.1.3. */

import { buildRequest, type HeaderLine } from "../message/build.ts";
import { HeaderId } from "../message/header-id.ts";
import { splitList } from "../message/lexer.ts";
import { parseMessage, SipRequest, type SipResponse } from "../message/message.ts";

/** The ACK's text, from the INVITE as sent and the response; `undefined` when the INVITE cannot be read. */
export function ackText(inviteText: string, response: SipResponse): string | undefined {
  const parsed = parseMessage(inviteText);
  if (!parsed.ok || !(parsed.value instanceof SipRequest)) return undefined;
  const invite = parsed.value;
  const headers: HeaderLine[] = [];
  // The topmost Via alone, with its branch.
  const via = invite.header("Via");
  if (via !== undefined) headers.push(["Via", via.includes(",") ? splitList(via)[0]! : via]);
  headers.push(["Max-Forwards", "70"]);
  for (const route of invite.headers("Route")) headers.push(["Route", route]);
  const from = invite.header("From");
  if (from !== undefined) headers.push(["From", from]);
  // To is the response's, with its tag.
  const toLine = response.findLine(HeaderId.To);
  const to = toLine === -1 ? invite.header("To") : response.lineValue(toLine);
  if (to !== undefined) headers.push(["To", to]);
  if (invite.callId !== undefined) headers.push(["Call-ID", invite.callId]);
  headers.push(["CSeq", `${invite.cseq?.sequence ?? 0} ACK`]);
  return buildRequest({ method: "ACK", uri: invite.requestUri, headers });
}
