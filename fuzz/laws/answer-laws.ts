/** What holds of every answer and every forwarded copy: sound themselves, and nothing of the peer's becomes a line of its own. RFC 3261 §8.2.6, §16.6. */

import { buildResponse, HeaderId, type SipMessage, type SipRequest } from "@trapezoid/sip/message";
import { isStamped } from "@trapezoid/sip/transport";
import type { Product } from "../product.ts";
import { law, shown } from "./law.ts";

const { Via, From, To, CSeq, Route } = HeaderId;
const copied = [Via, From, To, CSeq, HeaderId["Call-ID"]];

export function checkAnswer(
  request: SipRequest,
  status: number,
  reason: string | undefined,
  { parseMessage }: Product,
): void {
  const text = buildResponse(request, status, { toTag: "fuzz", reason });
  // As long as the request and more: an answer is bound by what we send, not by what we take.
  const parsed = parseMessage(text, { headerBytes: 1_000_000, headerCount: 10_000 });
  law(parsed.ok && !parsed.value.isRequest, "an answer can be read", () => shown(text));
  const answer = parsed.value;
  law(
    answer.syntaxFault === undefined,
    "an answer has no syntax fault",
    () => `${answer.syntaxFault?.code}: ${shown(text)}`,
  );
  let lines = 1;
  for (const id of copied) {
    const count = countOf(request, id);
    lines += count;
    law(countOf(answer, id) === count, "an answer has the request's lines (§8.2.6.2)", () => shown(text));
  }
  law(
    answer.lineCount === lines,
    "an answer has no lines but its own",
    () => `${answer.lineCount} of ${lines}: ${shown(text)}`,
  );
}

/** `request` may be acted on. */
export function checkCopy(request: SipRequest, product: Product): void {
  const text = product.forwardCopy(request, "Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bKcopy\r\n");
  const parsed = product.parseMessage(text, { headerBytes: 1_000_000, headerCount: 10_000 });
  law(parsed.ok && parsed.value.isRequest, "a forwarded copy can be read", () => shown(text));
  const copy = parsed.value;
  law(
    copy.syntaxFault === undefined,
    "a forwarded copy has no syntax fault",
    () => `${copy.syntaxFault?.code}: ${shown(text)}`,
  );
  law(copy.body === request.body, "a forwarded body is untouched", () => shown(copy.body));
  law(copy.method === request.method, "a forwarded method is untouched", () => copy.method);
  law(copy.via?.branch === "z9hG4bKcopy", "a forwarded copy has our Via on top", () => shown(copy.header("Via")));
  law(sameOthers(request, copy), "what a proxy need not change stays as it is, in its order (§16.6)", () =>
    shown(text),
  );
}

/** A request that may be acted on is not refused because reading and stamping understand its Via differently. */
export function checkStampHolds(request: SipRequest, product: Product): void {
  const remote = { address: "192.0.2.77", port: 5077 };
  const parsed = product.parseMessage(product.stampTopVia(request.text, { remote }));
  const via = parsed.ok ? parsed.value.via : undefined;
  law(via !== undefined && isStamped(via, remote), "a stamped Via says where the request came from (§18.2.1)", () =>
    shown(request.header("Via")),
  );
}

/** What a server writes into the top Via is within that line, and is no line. */
export function checkStamp(request: SipRequest, product: Product): void {
  const { text } = request;
  const stamped = product.stampTopVia(text, { remote: { address: "192.0.2.77", port: 5077 } });
  if (stamped === text) return;
  const line = request.findLine(Via);
  const end = line === -1 ? 0 : request.lineEnd(line);
  law(
    line !== -1 && stamped.startsWith(text.slice(0, request.valueStart(line))) && stamped.endsWith(text.slice(end)),
    "a stamp is in the top Via alone",
    () => shown(stamped),
  );
  const value = stamped.slice(request.valueStart(line), stamped.length - (text.length - end));
  law(linesIn(value) <= linesIn(text.slice(request.valueStart(line), end)), "a stamp makes no line", () =>
    shown(value),
  );
}

function linesIn(text: string): number {
  return text.split("\n").length;
}

const changeable = new Set([Via, Route, HeaderId["Max-Forwards"], HeaderId["Max-Breadth"], HeaderId["Content-Length"]]);

function sameOthers(request: SipRequest, copy: SipMessage): boolean {
  let at = 0;
  for (let line = 0; line < request.lineCount; line++) {
    if (changeable.has(request.lineId(line))) continue;
    while (at < copy.lineCount && changeable.has(copy.lineId(at))) at++;
    if (at === copy.lineCount || rawLine(copy, at) !== rawLine(request, line)) return false;
    at++;
  }
  while (at < copy.lineCount && changeable.has(copy.lineId(at))) at++;
  return at === copy.lineCount;
}

function rawLine(message: SipMessage, line: number): string {
  return message.text.slice(message.lineStart(line), message.lineEnd(line));
}

function countOf(message: SipMessage, id: number): number {
  let count = 0;
  for (let line = message.findLine(id); line !== -1; line = message.findLine(id, line + 1)) count++;
  return count;
}
