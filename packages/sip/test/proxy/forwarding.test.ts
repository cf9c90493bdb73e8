/** Steps of forwarding that no other file is about. RFC 3261 §16.6, §16.7; RFC 5393 §4.1; RFC 6026 §8.3. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { binding, type ComposeOptions, House } from "./house.ts";

function forked(count: number, options: ComposeOptions = {}) {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = Array.from({ length: count }, (_, n) => house.phone(`10.0.0.${n + 3}`));
  house.options = { groups: [phones.map((phone) => binding(phone))] };
  const invite = alice.send("INVITE", "sip:bob@10.0.0.1", options);
  house.run();
  return { house, alice, phones, invite };
}

test("Max-Forwards is one less in the copy, and 70 where there was none (RFC 3261 §16.6 step 3)", () => {
  for (const [line, expected] of [
    ["Max-Forwards: 70\r\n", "69"],
    ["max-forwards :  1\r\n", "0"],
    ["", "70"],
  ] as const) {
    const { phones } = forked(1, { maxForwards: line });
    assert.deepEqual(phones[0]!.request("INVITE").headers("Max-Forwards"), [expected]);
  }
});

test("a CANCEL of our own has Max-Forwards 70, whatever its INVITE has left (RFC 3261 §8.1.1.6)", () => {
  const { house, alice, phones, invite } = forked(1, { maxForwards: "Max-Forwards: 2\r\n" });
  phones[0]!.answer(phones[0]!.request("INVITE"), 180);
  house.run();
  alice.cancel(invite);
  house.run();
  assert.equal(phones[0]!.request("CANCEL").header("Max-Forwards"), "70");
});

test("each copy is a transaction of its own: one that is lost is sent again, the others are not (RFC 3261 §16.6 step 10)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = ["10.0.0.3", "10.0.0.4"].map((address) => house.phone(address));
  house.options = { groups: [phones.map((phone) => binding(phone))] };
  house.network.lose = ({ at, to }) => at < 100 && to.address === "10.0.0.3";
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run(100);
  phones[1]!.answer(phones[1]!.request("INVITE"), 100);
  house.run(500);
  assert.deepEqual(
    phones.map(({ seen }) => seen),
    [["INVITE"], ["INVITE"]],
  );
  const [first, second] = phones.map((phone) => phone.request("INVITE"));
  assert.notEqual(first!.via?.branch, second!.via?.branch);
});

test("a response finds the context of its request, whatever else the two calls have in common (RFC 3261 §16.7 step 1)", () => {
  const house = new House();
  const callers = ["10.0.0.2", "10.0.0.5"].map((address) => house.phone(address));
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]] };
  for (const caller of callers) caller.send("INVITE", "sip:bob@10.0.0.1", { callId: "one", branch: "z9hG4bKone" });
  house.run();
  const [first, second] = bob.requests;
  bob.answer(second!, 486);
  bob.answer(first!, 603);
  house.run();
  assert.deepEqual(
    callers.map(({ seen }) => seen),
    [
      [100, 603],
      [100, 486],
    ],
  );
});

test("a request that may go one way only carries no trace for loops, one that the engine decides does (RFC 5393 §4.1)", () => {
  const { house, alice, phones } = forked(1);
  const [bob] = phones;
  assert.match(bob!.request("INVITE").via!.branch!, /\.[^.]+$/);
  bob!.answer(bob!.request("INVITE"), 200);
  house.run();
  const lines = alice.routeSet(alice.response(200)).map((value) => `Route: ${value}`);
  alice.send("BYE", "sip:u3@10.0.0.3:5060", { toTag: "tt-u3", cseq: 2, lines });
  house.run();
  assert.doesNotMatch(bob!.request("BYE").via!.branch!, /\./);
});

test("a 200 that comes when the caller's transaction has ended is discarded (RFC 6026 §8.3)", () => {
  const { house, alice, phones } = forked(2);
  const [bob, carol] = phones;
  for (const phone of phones) phone.answer(phone.request("INVITE"), 180);
  house.run();
  bob!.answer(bob!.request("INVITE"), 200);
  house.run(30_000);
  carol!.answer(carol!.request("INVITE"), 200);
  house.run(1_000);
  assert.equal(alice.responses.filter(({ status }) => status === 200).length, 2);
  // Timer L has fired, 32 s after the first 200; the second phone's timer M has not.
  house.run(5_000);
  carol!.answer(carol!.request("INVITE"), 200);
  house.run(1_000);
  assert.equal(alice.responses.filter(({ status }) => status === 200).length, 2);
  house.run(100_000);
  house.assertEmpty();
});

test("what has no business in a request is left alone, and changes nothing (RFC 3261 §7.3.2)", () => {
  const lines = ["Retry-After: 99", "Min-Expires: 60", "Unsupported: everything", "WWW-Authenticate: Basic realm=x"];
  const { alice, phones } = forked(1, { lines });
  assert.deepEqual(alice.seen, [100]);
  assert.ok(phones[0]!.request("INVITE").text.includes(lines.map((line) => `${line}\r\n`).join("")));
});

test("after a final response nothing goes up but further 2xx (RFC 3261 §16.7 step 5)", () => {
  const { house, alice, phones } = forked(3);
  const [bob, carol, dave] = phones;
  bob!.answer(bob!.request("INVITE"), 200);
  house.run();
  carol!.answer(carol!.request("INVITE"), 183);
  dave!.answer(dave!.request("INVITE"), 486);
  house.run();
  carol!.answer(carol!.request("INVITE"), 200);
  house.run();
  assert.deepEqual(alice.seen, [100, 200, 200]);
});

test("a response that cannot be sent is dropped, and the branches go on (RFC 3261 §16.9)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = ["10.0.0.3", "10.0.0.4"].map((address) => house.phone(address));
  house.options = { groups: [phones.map((phone) => binding(phone))] };
  const connection = alice.connect("tcp");
  alice.send("INVITE", "sip:bob@10.0.0.1", { transport: "TCP" }, connection);
  house.run();
  connection.close();
  house.run();
  const [bob, carol] = phones;
  bob!.answer(bob!.request("INVITE"), 180);
  house.run();
  assert.deepEqual(carol!.seen, ["INVITE"], "nobody is cancelled for it");
  bob!.answer(bob!.request("INVITE"), 200);
  house.run();
  carol!.answer(carol!.request("INVITE"), 487);
  house.run(100_000);
  house.assertEmpty();
});
