import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { buildResponse } from "./build.ts";
import * as fields from "./fields.ts";
import { StreamFramer } from "./framing.ts";
import { knownHeaderNames } from "./header-id.ts";
import { parseMessage, type SipRequest, type SipResponse } from "./message.ts";
import { bodyParts } from "./multipart.ts";
import { formatUri, parseUri } from "./uri.ts";
import { checkRequest, checkResponse } from "./validate.ts";
import type { HeaderField } from "./values.ts";

const all = Object.values(fields) as unknown as HeaderField<unknown>[];

/** A message with a few of every header field's values, sound to begin with. */
function sound(v: Values): string {
  const lines = [
    "INVITE sip:bob@example.com;lr SIP/2.0",
    "Via: SIP/2.0/UDP h;branch=z9hG4bKx",
    "From: <sip:a@b>;tag=1",
  ];
  lines.push("To: <sip:b@c>", "Call-ID: x@y", "CSeq: 1 INVITE", `Contact: ${fields.Contact.format(v.nameAddr())}`);
  lines.push(
    'Authorization: Digest realm="a", nonce="b"',
    "Content-Type: multipart/mixed;boundary=b",
    "Date: Sat, 13 Nov 2010 23:29:00 GMT",
  );
  for (let n = 0; n < 3; n++)
    lines.push(
      `${v.pick(knownHeaderNames)}: ${v.pick([v.token(), fields.Via.format(v.via()), fields.Route.format(v.nameAddr())])}`,
    );
  return `${lines.join("\r\n")}\r\n\r\n--b\r\nX: y\r\n\r\npart\r\n--b--`;
}

const splinters = [
  "\r\n",
  "\r",
  "\n",
  "\r\n ",
  "\0",
  "\xff",
  '"',
  "\\",
  "<",
  ">",
  ";",
  ",",
  ":",
  "@",
  "=",
  "%",
  "[",
  "]",
  "?",
  "/",
  "SIP/2.0",
  "4294967296",
  "sip:",
  "漢",
];

function mutate(v: Values, text: string): string {
  let out = text;
  for (let n = v.int(4); n >= 0; n--) {
    const at = v.int(out.length + 1);
    const end = Math.min(out.length, at + v.int(v.chance(0.2) ? 60 : 3));
    const put = v.pick<() => string>([
      () => "",
      () => v.pick(splinters),
      () => out.slice(v.int(out.length), at),
      () => v.string("\0\x7f\x80\xff", 1, 5),
    ])();
    out = out.slice(0, at) + put + out.slice(end);
  }
  return out;
}

/** Reads everything there is to read. */
function readAll(text: string): void {
  const parsed = parseMessage(text);
  if (!parsed.ok) {
    assert.ok(parsed.error.offset >= 0 && parsed.error.offset <= text.length);
    return;
  }
  const message = parsed.value;
  for (let line = 0; line < message.lineCount; line++) {
    assert.ok(message.lineStart(line) <= message.valueStart(line) && message.valueStart(line) <= message.lineEnd(line));
    message.lineName(line);
    message.lineValue(line);
  }
  for (const field of all) {
    const values = message.getAll(field);
    // What was read can be written, in one line, and read again.
    for (const value of values) {
      const written = field.format(value);
      assert.doesNotMatch(written, /[\r\n]/);
      assert.ok(field.parse(written).ok, `${field.name}: ${written}`);
    }
  }
  bodyParts(message);
  if (!message.isRequest) checkResponse(message as SipResponse);
  else {
    const verdict = checkRequest(message as SipRequest);
    const answer = buildResponse(message as SipRequest, verdict?.status ?? 200, {
      toTag: "t",
      reason: verdict?.reason,
    });
    assert.doesNotMatch(answer.slice(0, answer.indexOf("\r\n\r\n")), /\r(?!\n)|(?<!\r)\n/);
    const uri = (message as SipRequest).uri;
    if (uri !== undefined) assert.ok(parseUri(formatUri(uri)).ok);
  }
  if (message.fault !== undefined) {
    assert.ok(message.fault.offset >= 0 && message.fault.offset <= text.length, JSON.stringify(message.fault));
  }
}

test("whatever octets come, nothing throws, and what is read can be written", () => {
  const v = new Values(12);
  for (let n = 0; n < 1000; n++) {
    const text = mutate(v, sound(v));
    try {
      readAll(text);
    } catch (error) {
      throw new assert.AssertionError({ message: `${String(error)}\nfor ${JSON.stringify(text)}` });
    }
  }
});

test("whatever octets a stream brings, in whatever pieces, the framer does not throw and does not grow", () => {
  const v = new Values(13);
  const limits = { headerBytes: 2000, bodyBytes: 2000 };
  for (let n = 0; n < 100; n++) {
    const framer = new StreamFramer(limits);
    for (let m = 0; m < 10; m++) {
      const text = v.chance(0.5) ? mutate(v, sound(v)) : sound(v).replace("Date:", "Content-Length: 24\r\nDate:");
      for (const piece of [text.slice(0, v.int(text.length)), text]) {
        for (const framed of framer.push(piece)) if (framed.kind === "message") readAll(framed.text);
      }
      assert.ok(framer.bufferedBytes <= 4000);
    }
  }
});
