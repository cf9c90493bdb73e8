/** What the answer to a request has to be made of, and where it has to go. RFC 3261 §8.2.6.2, §17.1.1.3, §18.2.2, RFC 3581 §4. */

import assert from "node:assert/strict";
import { fieldValue, linesNamed, plain, type RawMessage, readRaw } from "./header-lines.ts";
import { withoutStamp } from "./undo-splices.ts";
import type { Place } from "./upstream.ts";

/** From, Call-ID, CSeq and every Via as they were; To with a tag. */
export function assertAnswers(request: RawMessage, answer: RawMessage, sender: Place): void {
  for (const name of ["from", "call-id", "cseq"]) {
    assert.equal(fieldValue(answer, name).trim(), fieldValue(request, name).trim(), `${name} of the answer (§8.2.6.2)`);
  }
  if (linesNamed(request, "to").length > 0) {
    const [to, asked] = [plain(fieldValue(answer, "to")), plain(fieldValue(request, "to"))];
    assert.ok(to.startsWith(asked), `To of the answer, "${to}", begins with "${asked}" (§8.2.6.2)`);
    assert.match(to, /;\s*tag\s*=/, "a final answer has a To tag (§8.2.6.2)");
  }
  const sent = linesNamed(request, "via").map(({ value }) => value.trim());
  const came = linesNamed(answer, "via").map(({ value }) => value.trim());
  assert.deepEqual([withoutStamp(came[0] ?? "", sent[0]!, sender), ...came.slice(1)], sent, "Via lines of the answer");
}

/** The ACK to a final answer other than 2xx. */
export function ackTo(request: RawMessage, answer: string): string {
  const sequence = /\d+/.exec(fieldValue(request, "cseq"))?.[0] ?? "0";
  const lines = ["via", "from", "call-id"].map((name) => linesNamed(request, name)[0]?.text ?? "").join("");
  const to = linesNamed(readRaw(answer), "to")[0]?.text ?? "";
  const startLine = request.startLine.replace(/^\S+/, "ACK");
  return `${startLine}${lines}${to}CSeq: ${sequence} ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
}

/** The port that a datagram's answer goes to: `rport` asks for the source, else it is that of sent-by. */
export function replyPort(request: RawMessage, source: Place): number {
  const via = plain(fieldValue(request, "via"));
  if (/;\s*rport\b/.test(via)) return source.port;
  const sentBy = /^SIP\s*\/\s*2\.0\s*\/\s*UDP\s+(?:\[[^\]]+\]|[^\s;:,]+)(?:\s*:\s*(\d+))?\s*(?:;\s*[^\s;,]|$)/i.exec(
    via,
  );
  // What names another transport, or cannot be read, says nothing of a port for datagrams.
  return sentBy === null ? source.port : Number(sentBy[1] ?? 5060);
}
