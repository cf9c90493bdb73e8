import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSdpLines, maxSdpLines, parseSdpLines } from "./lines.ts";

const text = [
  "v=0",
  "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1",
  "s= ",
  "t=0 0",
  "a=recvonly",
  "m=audio 49170 RTP/AVP 0",
  "a=x:=",
  "m=video 51372 RTP/AVP 99",
  "",
].join("\r\n");

test("what is read is written as it was (RFC 8866 §5)", () => {
  const sections = parseSdpLines(text);
  assert.ok(sections.ok);
  assert.deepEqual([sections.value.session.length, sections.value.media.length], [5, 2]);
  assert.equal(formatSdpLines(sections.value), text);
});

test("lines that end with LF alone are read (RFC 8866 §5)", () => {
  const sections = parseSdpLines(text.replaceAll("\r", ""));
  assert.ok(sections.ok);
  assert.equal(formatSdpLines(sections.value), text);
});

test("what is no line is a fault with its offset (RFC 8866 §5)", () => {
  const offsetOf = (bad: string): number | undefined => {
    const result = parseSdpLines(bad);
    return result.ok ? undefined : result.error.offset;
  };
  assert.equal(offsetOf("v=0\r\no =x\r\n"), 5);
  assert.equal(offsetOf("v=0\r\n\r\ns=x\r\n"), 5);
  assert.equal(offsetOf("s=x\r\n"), 0);
  assert.equal(offsetOf(""), 0);
  assert.equal(parseSdpLines(`v=0\r\n${"a=x\r\n".repeat(maxSdpLines)}`).ok, false);
});
