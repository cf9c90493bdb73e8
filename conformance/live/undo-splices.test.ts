import assert from "node:assert/strict";
import { test } from "node:test";
import { assertPermittedCopy, type Passage } from "./undo-splices.ts";

const original = [
  "INVITE sip:bob@example.com SIP/2.0",
  "v: SIP/2.0/UDP a.example;branch=z9hG4bKa;rport",
  "mAx-FoRwArDs :  07",
  "Subject: two  blanks,",
  " folded",
  "Record-Route: <sip:other@b.example;lr>",
  "",
  "body\0",
].join("\r\n");

const forwarded = [
  "INVITE sip:bob@127.0.0.9:5070 SIP/2.0",
  "Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKours",
  "v: SIP/2.0/UDP a.example;branch=z9hG4bKa;rport=4711;received=127.0.0.2",
  "Max-Breadth: 60",
  "mAx-FoRwArDs :  6",
  "Subject: two  blanks,",
  " folded",
  "Record-Route: <sip:token@127.0.0.1:5060;lr>",
  "Record-Route: <sip:other@b.example;lr>",
  "",
  "body\0",
].join("\r\n");

const passage: Passage = {
  sender: { address: "127.0.0.2", port: 4711 },
  requestUri: "sip:bob@127.0.0.9:5070",
  onStream: false,
  addresses: new Set(["127.0.0.1:5060"]),
};

test("a copy with the changes that a proxy may make is the original (RFC 3261 §16.6)", () => {
  assertPermittedCopy(original, forwarded, passage);
});

const changes: readonly (readonly [name: string, from: string, to: string])[] = [
  ["an octet of the body", "body\0", "body"],
  ["a blank", "two  blanks", "two blanks"],
  ["a fold", ",\r\n folded", ", folded"],
  ["the spelling of a name", "mAx-FoRwArDs", "Max-Forwards"],
  ["two hops less", ":  6", ":  5"],
  ["the order", "Max-Breadth: 60\r\nmAx-FoRwArDs :  6\r\n", "mAx-FoRwArDs :  6\r\nMax-Breadth: 60\r\nX: 1\r\n"],
  ["another Request-URI", "sip:bob@127.0.0.9:5070", "sip:bob@example.com"],
  ["no Via of the proxy", "Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKours\r\n", ""],
  ["the Via of another", "UDP 127.0.0.1:5060", "UDP 127.0.0.7:5060"],
  ["no magic cookie", "z9hG4bKours", "ours"],
  ["no received", ";received=127.0.0.2", ""],
  ["another received", "received=127.0.0.2", "received=127.0.0.3"],
  ["no rport", "rport=4711", "rport"],
  ["no Max-Breadth", "Max-Breadth: 60\r\n", ""],
  ["no Record-Route", "Record-Route: <sip:token@127.0.0.1:5060;lr>\r\n", ""],
  [
    "Record-Route below",
    "Record-Route: <sip:token@127.0.0.1:5060;lr>\r\nRecord-Route: <sip:other@b.example;lr>",
    "Record-Route: <sip:other@b.example;lr>\r\nRecord-Route: <sip:token@127.0.0.1:5060;lr>",
  ],
  ["a strict route", ";lr>\r\nRecord-Route", ">\r\nRecord-Route"],
  ["a header field more", "Max-Breadth: 60\r\n", "Max-Breadth: 60\r\nUser-Agent: proxy\r\n"],
];

for (const [name, from, to] of changes) {
  test(`any other change shows: ${name}`, () => {
    assert.ok(forwarded.includes(from));
    assert.throws(
      () =>
        assertPermittedCopy(
          original,
          forwarded.replace(from, () => to),
          passage,
        ),
      assert.AssertionError,
    );
  });
}
