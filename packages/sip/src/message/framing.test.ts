import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { buildRequest } from "./build.ts";
import { type Framed, StreamFramer } from "./framing.ts";

const message = (body: string, extra = "") =>
  `MESSAGE sip:a SIP/2.0\r\nCall-ID: x\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
const one = message("\0\xff\r\n\r\nbody");
const two = message("");

const kinds = (framed: readonly Framed[]): string[] => framed.map(({ kind }) => kind);
const texts = (framed: readonly Framed[]): string[] =>
  framed.flatMap((item) => (item.kind === "message" ? [item.text] : []));
function fault(octets: string, limits?: ConstructorParameters<typeof StreamFramer>[0]): string {
  const framer = new StreamFramer(limits);
  const last = framer.push(octets).at(-1);
  assert.equal(last?.kind, "fault", octets);
  assert.deepEqual(framer.push(two), [], "after a fault nothing more comes");
  return last?.kind === "fault" ? last.fault.code : "";
}

test("messages are cut by Content-Length (RFC 3261 §18.3)", () => {
  assert.deepEqual(texts(new StreamFramer().push(one + two + one)), [one, two, one]);
});

test("however the stream is cut into pieces, what comes out is the same", () => {
  const stream = `${one}\r\n\r\n${two}\r\n\r\n\r\n\r\n${one}${two}`;
  const v = new Values(10);
  for (let n = 0; n < 200; n++) {
    const framer = new StreamFramer();
    const out: Framed[] = [];
    const most = 1 + v.int(n % 2 === 0 ? 4 : 60);
    for (let at = 0; at < stream.length; ) {
      const to = Math.min(stream.length, at + 1 + v.int(most));
      out.push(...framer.push(stream.slice(at, to)));
      at = to;
    }
    assert.deepEqual(
      out.filter(({ kind }) => kind !== "pong").map((item) => (item.kind === "message" ? item.text : item.kind)),
      [one, "ping", two, "ping", "ping", one, two],
    );
    assert.equal(framer.bufferedBytes, 0);
    assert.equal(framer.isPending, false);
  }
});

test("a double CRLF is a ping, a single one a pong (RFC 5626 §4.4.1)", () => {
  const framer = new StreamFramer();
  assert.deepEqual(kinds(framer.push("\r\n\r\n")), ["ping"]);
  assert.deepEqual(kinds(framer.push("\r\n")), ["pong"]);
  assert.deepEqual(kinds(framer.push("\r\n")), ["ping"], "its second half");
  assert.deepEqual(kinds(framer.push(`\r\n${two}`)), ["pong", "message"]);
  assert.deepEqual(kinds(framer.push("\r")), []);
  assert.deepEqual(kinds(framer.push(`\n${two}\r\n\r`)), ["pong", "message", "pong"]);
  assert.deepEqual(kinds(framer.push("\n")), ["ping"]);
});

test("Content-Length is found in any form, folded and spaced (RFC 3261 §7.3.3, §20.14)", () => {
  for (const header of [
    "l: 3",
    "L:3",
    "CONTENT-LENGTH  :\t3 ",
    "Content-Length:\r\n 3",
    "content-length: 003\r\nContent-Length: 3",
  ]) {
    const text = `MESSAGE sip:a SIP/2.0\r\nContent-Type: text/plain\r\nc: x\r\n${header}\r\nX: l: 9\r\n\r\nabc`;
    assert.deepEqual(texts(new StreamFramer().push(text + two)), [text, two], header);
  }
});

test("a stream without a usable Content-Length cannot be followed (RFC 3261 §18.3, RFC 4475 §3.1.2.3, §3.3.9)", () => {
  for (const header of [
    "X: y",
    "Content-Length: -1",
    "Content-Length: 1\r\nl: 2",
    "Content-Length: 1x",
    "Content-Length:",
    "Content-Length: 1234567890",
    "Content-Length: 1 2",
  ]) {
    assert.equal(fault(`MESSAGE sip:a SIP/2.0\r\n${header}\r\n\r\n`), "SIP_FRAME_BAD_CONTENT_LENGTH", header);
  }
});

test("a fault carries the head, for a 400", () => {
  const head = "MESSAGE sip:a SIP/2.0\r\nCall-ID: x\r\n\r\n";
  for (const piece of [1, 5, 1000]) {
    const framer = new StreamFramer();
    const out: Framed[] = [];
    for (let at = 0; at < head.length; at += piece) out.push(...framer.push(head.slice(at, at + piece)));
    assert.deepEqual(
      out.map((item) => (item.kind === "fault" ? item.head : item.kind)),
      [head],
    );
  }
});

test("a head that is too large carries its lines that fit, for a 513", () => {
  const begun = "MESSAGE sip:a SIP/2.0\r\nCall-ID: x\r\n";
  const text = `${begun}Subject: ${"x".repeat(100)}`;
  for (const piece of [1, 7, 1000]) {
    const framer = new StreamFramer({ headerBytes: 80, bodyBytes: 50 });
    const out: Framed[] = [];
    for (let at = 0; at < text.length; at += piece) out.push(...framer.push(text.slice(at, at + piece)));
    assert.deepEqual(
      out.map((item) => (item.kind === "fault" ? item.head : item.kind)),
      [begun],
    );
  }
});

test("limits: header octets and body octets", () => {
  const limits = { headerBytes: 100, bodyBytes: 50 };
  assert.equal(fault("x".repeat(101), limits), "SIP_FRAME_HEADERS_TOO_LARGE");
  assert.equal(fault(message("", `Subject: ${"x".repeat(60)}\r\n`), limits), "SIP_FRAME_HEADERS_TOO_LARGE");
  assert.equal(fault(message("x".repeat(51)), limits), "SIP_FRAME_BODY_TOO_LARGE");
  assert.deepEqual(texts(new StreamFramer(limits).push(message("x".repeat(50)) + two)).length, 2);
  const slow = new StreamFramer(limits);
  const out: Framed[] = [];
  for (let n = 0; n < 300; n++) out.push(...slow.push("x"));
  assert.deepEqual(kinds(out), ["fault"]);
});

test("octet by octet costs octets, not their square", () => {
  const framer = new StreamFramer({ headerBytes: 4_000_000, bodyBytes: 4_000_000 });
  const big = buildRequest({
    method: "MESSAGE",
    uri: "sip:a",
    headers: [["Subject", "x".repeat(200_000)]],
    body: "y".repeat(200_000),
  });
  let found = 0;
  for (let at = 0; at < big.length; at++) found += framer.push(big.charAt(at)).length;
  // With quadratic cost this would take minutes, and the runner's time-out would end it.
  assert.equal(found, 1);
});
