/** The session that the RFC sets up and tears down through two proxies. RFC 3261 §16.12.1.1, §24.2. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { TwoProxies } from "./two-proxies.ts";

const invite = [
  "INVITE sip:bob@biloxi.com SIP/2.0",
  "Via: SIP/2.0/UDP pc33.atlanta.com:5060;branch=z9hG4bKnashds8",
  "Max-Forwards: 70",
  "To: Bob <sip:bob@biloxi.com>",
  "From: Alice <sip:alice@atlanta.com>;tag=1928301774",
  "Call-ID: a84b4c76e66710",
  "CSeq: 314159 INVITE",
  "Contact: <sip:alice@pc33.atlanta.com>",
];

/** Hosts of the topmost values first. */
const hosts = (values: readonly string[]): string[] => values.map((value) => /[ @]([a-z0-9.]+)[:;>]/.exec(value)![1]!);

function established() {
  const rig = new TwoProxies();
  const { alice, bob } = rig;
  alice.send(invite, "atlanta.com");
  rig.run();
  const received = bob.request("INVITE");
  bob.answer(received, 180, "<sip:bob@192.0.2.4>");
  rig.run();
  bob.answer(received, 200, "<sip:bob@192.0.2.4>");
  rig.run();
  // §12.1.2: in reverse.
  const route = alice.response(200).headers("Record-Route").toReversed();
  alice.send(
    [
      "ACK sip:bob@192.0.2.4 SIP/2.0",
      "Via: SIP/2.0/UDP pc33.atlanta.com:5060;branch=z9hG4bKnashds9",
      "Max-Forwards: 70",
      ...route.map((value) => `Route: ${value}`),
      "To: Bob <sip:bob@biloxi.com>;tag=a6c85cf",
      "From: Alice <sip:alice@atlanta.com>;tag=1928301774",
      "Call-ID: a84b4c76e66710",
      "CSeq: 314159 ACK",
    ],
    "atlanta.com",
  );
  rig.run();
  return { rig, alice, bob, received };
}

test("INVITE, 100 from each proxy, 180, 200 and ACK, and the Vias that each message has (RFC 3261 §24.2, §16.6 step 8)", () => {
  const { rig, alice, bob, received } = established();
  rig.recorder.expectExactly([
    "alice → atlanta INVITE",
    "atlanta → alice 100 INVITE",
    "atlanta → biloxi INVITE",
    "biloxi → atlanta 100 INVITE",
    "biloxi → bob INVITE",
    "bob → biloxi 180 INVITE",
    "biloxi → atlanta 180 INVITE",
    "atlanta → alice 180 INVITE",
    "bob → biloxi 200 INVITE",
    "biloxi → atlanta 200 INVITE",
    "atlanta → alice 200 INVITE",
    "alice → atlanta ACK",
    "atlanta → biloxi ACK",
    "biloxi → bob ACK",
  ]);
  assert.deepEqual(hosts(received.headers("Via")), ["biloxi.com", "atlanta.com", "pc33.atlanta.com"]);
  assert.match(received.headers("Via")[1]!, /;received=10\.1\.0\.1/);
  assert.equal(received.header("Max-Forwards"), "68");
  assert.deepEqual(hosts(alice.response(200).headers("Via")), ["pc33.atlanta.com"]);
  assert.equal(bob.request("ACK").header("Max-Forwards"), "68");
});

test("both proxies record their route, and BYE comes back through both (RFC 3261 §16.12.1.1, §16.12, §12.1.1, §12.2.1.1)", () => {
  const { rig, alice, bob, received } = established();
  assert.equal(received.requestUri, "sip:bob@192.0.2.4");
  const recorded = received.headers("Record-Route");
  assert.deepEqual(hosts(recorded), ["biloxi.com", "atlanta.com"]);
  assert.ok(recorded.every((value) => value.endsWith(";lr>")));
  assert.deepEqual(bob.request("ACK").headers("Route"), []);
  bob.send(
    [
      "BYE sip:alice@pc33.atlanta.com SIP/2.0",
      "Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bKnashds10",
      "Max-Forwards: 70",
      ...recorded.map((value) => `Route: ${value}`),
      "From: Bob <sip:bob@biloxi.com>;tag=a6c85cf",
      "To: Alice <sip:alice@atlanta.com>;tag=1928301774",
      "Call-ID: a84b4c76e66710",
      "CSeq: 231 BYE",
    ],
    "biloxi.com",
  );
  rig.run();
  const bye = alice.request("BYE");
  assert.deepEqual(bye.headers("Route"), []);
  assert.deepEqual(hosts(bye.headers("Via")), ["atlanta.com", "biloxi.com", "192.0.2.4"]);
  alice.answer(bye, 200, "<sip:alice@pc33.atlanta.com>");
  rig.run();
  assert.equal(bob.response(200).cseq?.method, "BYE");
});
