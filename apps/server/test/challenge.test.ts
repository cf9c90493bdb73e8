/** Challenges cost the server nothing that outlives them. RFC 3261 §26.3.2.4. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestHouse, PHONE } from "./house.ts";

test("a challenge is sent without state: its To tag is one by which the ACK is known, not one of a transaction (RFC 3261 §26.1.5, §26.3.2.4)", () => {
  const house = openTestHouse({}, ["alice"]);
  for (const request of [
    { uri: "sip:bob@example.com" },
    { method: "MESSAGE", uri: "sip:bob@example.com" },
    { method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com" },
  ]) {
    const [challenge] = house.send(request);
    assert.ok(challenge?.status === 401 || challenge?.status === 407);
    assert.match(challenge.toTag ?? "", /^01-/);
  }
});

test("who is refused before anybody knows who it is gets one answer: a forged source is no victim (RFC 3261 §8.2.7)", () => {
  for (const [status, request] of [
    [400, { uri: "sip:bob@example.com", headers: [["CSeq", "1 INVITE"]] }],
    [400, { uri: "sips:bob@example.com" }],
    [420, { uri: "sip:bob@example.com", headers: [["Proxy-Require", "levitation"]] }],
    [403, { method: "REGISTER", uri: "sip:elsewhere.example" }],
    [407, { uri: "sip:bob@example.com" }],
  ] as const) {
    const house = openTestHouse({}, ["alice"]);
    const responses = house.send(request);
    house.pass(40_000);
    assert.deepEqual(
      responses.map((response) => response.status),
      [status],
    );
  }
});

test("whoever proves an account or is trusted is vouched for to the transport, and nobody else", () => {
  const strange = openTestHouse({ domains: [{ name: "example.com", inbound: "anyone" }] }, ["alice"]);
  strange.send({ uri: "sip:alice@example.com", from: "sip:stranger@elsewhere.example" });
  strange.send({ uri: "sip:alice@example.com", as: "alice", password: "wrong" });
  strange.send({ method: "OPTIONS", uri: "sip:example.com" });
  assert.deepEqual(strange.vouched, []);
  strange.send({ uri: "sip:alice@example.com", as: "alice" });
  strange.send({ method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com", as: "alice" });
  assert.deepEqual(strange.vouched, [PHONE, PHONE]);
  const trusting = openTestHouse({ trust: [PHONE] }, ["alice"]);
  trusting.send({ uri: "sip:alice@example.com" });
  assert.deepEqual(trusting.vouched, [PHONE]);
});
