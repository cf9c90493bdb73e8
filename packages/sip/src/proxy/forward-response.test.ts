/** A response upstream. RFC 3261 §16.7. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, SipResponse } from "../message/message.ts";
import { withoutTopVia } from "./forward-response.ts";

function response(...lines: readonly string[]): SipResponse {
  const parsed = parseMessage(`SIP/2.0 180 Ringing\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
  assert.ok(parsed.ok && parsed.value instanceof SipResponse);
  return parsed.value;
}

const ours = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKours";
const theirs = "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKtheirs";
const rest = ["From: <sip:a@x>;tag=1", "To: <sip:b@x>;tag=2", "Call-ID: 1", "CSeq: 1 INVITE"];

test("the top Via goes, all else is byte-identical (RFC 3261 §16.7 step 3, §16.7 step 9)", () => {
  const kept = `SIP/2.0 180 Ringing\r\n${[theirs, ...rest].join("\r\n")}\r\n\r\n`;
  assert.equal(withoutTopVia(response(ours, theirs, ...rest), false), kept);
  assert.equal(withoutTopVia(response(`${ours}, ${theirs.slice(5)}`, ...rest), false), kept);
  assert.equal(withoutTopVia(response(ours, ...rest), false), undefined);
});

test("a stream gets the Content-Length that the datagram went without (RFC 3261 §20.14)", () => {
  const text = withoutTopVia(response(ours, theirs, ...rest), true);
  assert.equal(text, `SIP/2.0 180 Ringing\r\n${[theirs, ...rest].join("\r\n")}\r\nContent-Length: 0\r\n\r\n`);
  const counted = withoutTopVia(response(ours, theirs, ...rest, "l: 0"), true);
  assert.equal(counted?.match(/^(l|Content-Length):/gim)?.length, 1);
});
