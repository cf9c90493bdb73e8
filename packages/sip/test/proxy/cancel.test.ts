/** CANCEL: of the caller, and ours. RFC 3261 §16.10, §9.1, §9.2; RFC 3326. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { binding, House } from "./house.ts";

function ringing(count = 1, status = 180) {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = Array.from({ length: count }, (_, at) => house.phone(`10.0.0.${at + 3}`));
  house.options = { groups: [phones.map((phone) => binding(phone))] };
  const text = alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  if (status > 0) for (const phone of phones) phone.answer(phone.request("INVITE"), status);
  house.run();
  return { house, alice, phones, bob: phones[0]!, text };
}

test("CANCEL is answered 200 at once and passed to every pending branch, with the caller's Reason (RFC 3261 §16.10, RFC 3326)", () => {
  const { house, alice, phones, text } = ringing(2);
  alice.cancel(text, ['Reason: SIP;cause=200;text="Call completed elsewhere"', "Reason: Q.850;cause=16"]);
  house.run();
  assert.equal(alice.response(200).cseq?.method, "CANCEL");
  for (const phone of phones) {
    const cancel = phone.request("CANCEL");
    assert.deepEqual(cancel.headers("Reason"), ['SIP;cause=200;text="Call completed elsewhere"', "Q.850;cause=16"]);
    phone.answer(cancel, 200);
    phone.answer(phone.request("INVITE"), 487);
  }
  house.run();
  assert.deepEqual(alice.seen, [100, 180, 180, 200, 487]);
  alice.ackFailure(text, alice.response(487));
  house.run(100_000);
  house.assertEmpty();
});

test("our CANCEL has Request-URI, top Via, From, To, Call-ID, CSeq number and Route of the INVITE as sent, and nothing more (RFC 3261 §9.1, RFC 5393 §5.4.1)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[{ uri: "sip:bob@far.example", routes: ["<sip:10.0.0.3;lr>"] }]] };
  const text = alice.send("INVITE", "sip:bob@10.0.0.1", {
    cseq: 42,
    lines: ["Require: x", "Route: <sip:10.0.0.1;lr>"],
  });
  house.run();
  const invite = bob.request("INVITE");
  bob.answer(invite, 100);
  house.run();
  alice.cancel(text);
  house.run();
  const cancel = bob.request("CANCEL");
  assert.equal(cancel.requestUri, invite.requestUri);
  assert.deepEqual(cancel.headers("Via"), invite.headers("Via").slice(0, 1));
  for (const name of ["From", "To", "Call-ID", "Route"])
    assert.deepEqual(cancel.headers(name), invite.headers(name), name);
  assert.equal(cancel.header("CSeq"), "42 CANCEL");
  assert.equal(cancel.header("Max-Forwards"), "70");
  assert.equal(cancel.has("Require"), false);
  assert.equal(cancel.has("Contact"), false);
  assert.equal(cancel.has("Max-Breadth"), false);
});

test("a CANCEL is held until a provisional response has come; 100 is one (RFC 3261 §9.1)", () => {
  const { house, alice, bob, text } = ringing(1, 0);
  alice.cancel(text);
  house.run(20);
  assert.ok(!bob.seen.includes("CANCEL"));
  assert.equal(alice.response(200).cseq?.method, "CANCEL");
  bob.answer(bob.request("INVITE"), 100);
  house.run();
  assert.equal(bob.request("CANCEL").cseq?.sequence, 1);
});

test("200 after CANCEL: the caller gets it, and nothing else (RFC 3261 §16.7 step 5, §9.1)", () => {
  const { house, alice, bob, text } = ringing();
  alice.cancel(text);
  house.run();
  bob.answer(bob.request("INVITE"), 200);
  bob.answer(bob.request("CANCEL"), 200);
  house.run();
  assert.deepEqual(alice.seen, [100, 180, 200, 200]);
  assert.equal(alice.responses.at(-1)?.cseq?.method, "INVITE");
  const ok = alice.responses.at(-1)!;
  alice.send("ACK", "sip:u3@10.0.0.3:5060", {
    toTag: "tt-u3",
    lines: alice.routeSet(ok).map((value) => `Route: ${value}`),
  });
  house.run();
  assert.equal(bob.request("ACK").method, "ACK");
  house.run(100_000);
  house.assertEmpty();
});

test("a phone that rings and never answers the CANCEL: 487 after 64·T1 (RFC 3261 §9.1)", () => {
  const { house, alice, text } = ringing();
  alice.cancel(text);
  house.run(31_900);
  assert.deepEqual(alice.seen, [100, 180, 200]);
  house.run(300);
  assert.deepEqual(alice.seen, [100, 180, 200, 487]);
  alice.ackFailure(text, alice.response(487));
  house.run(100_000);
  house.assertEmpty();
});

test("a phone that never said anything: the INVITE ends by timer B, as 487 to the caller who hung up (RFC 3261 §16.10)", () => {
  const { house, alice, bob, text } = ringing(1, 0);
  alice.cancel(text);
  house.run(32_100);
  assert.deepEqual(alice.seen, [100, 200, 487]);
  assert.ok(!bob.seen.includes("CANCEL"));
});

test("of 486 and 487, the caller who hung up hears 487 (RFC 3261 §15.1.2, §21.4.25)", () => {
  const { house, alice, phones, text } = ringing(2);
  phones[0]!.answer(phones[0]!.request("INVITE"), 486);
  house.run();
  alice.cancel(text);
  house.run();
  assert.ok(!phones[0]!.seen.includes("CANCEL"));
  phones[1]!.answer(phones[1]!.request("INVITE"), 487);
  house.run();
  assert.equal(alice.responses.at(-1)?.status, 487);
});

test("CANCEL after the final response changes nothing (RFC 3261 §9.2)", () => {
  const { house, alice, bob, text } = ringing();
  bob.answer(bob.request("INVITE"), 200);
  house.run();
  alice.cancel(text);
  house.run();
  assert.ok(!bob.seen.includes("CANCEL"));
  assert.deepEqual(alice.seen, [100, 180, 200, 200]);
});

test("CANCEL of what is not known: 481, unless it belongs to a dialog of ours (RFC 3261 §9.2, §16.10, §21.4.19)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  house.phone("10.0.0.3");
  alice.send("CANCEL", "sip:u3@10.0.0.3:5060", { lines: ["Route: <sip:10.0.0.1;lr>"] });
  house.run();
  assert.deepEqual(alice.seen, [481]);
});

test("CANCEL of what is not known, from a trusted source, goes on with the branch that stateless forwarding gives (RFC 3261 §16.10, §16.11)", () => {
  const house = new House({
    engine: (transaction, routed, { proxy }) => {
      const { request, flow } = transaction;
      transaction.abandon();
      proxy.forwardStateless(request, flow, routed);
    },
  });
  house.trusted = true;
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  const text = alice.send("INVITE", "sip:u3@10.0.0.3:5060");
  house.run();
  alice.cancel(text);
  house.run();
  const cancel = bob.request("CANCEL");
  assert.equal(cancel.via?.branch, bob.request("INVITE").via?.branch);
  bob.answer(cancel, 200);
  bob.answer(bob.request("INVITE"), 487);
  house.run();
  assert.deepEqual(alice.seen, [200, 487]);
  house.run(100_000);
  house.assertEmpty();
});

test("CANCEL while the engine is still deciding: 487, and forwarding afterwards does nothing (RFC 3261 §9.2)", () => {
  const waiting: (() => void)[] = [];
  const done: number[] = [];
  const house = new House({
    engine: (transaction, routed, { proxy, options }) => {
      waiting.push(() => proxy.forward(transaction, routed, { ...options, onDone: ({ status }) => done.push(status) }));
    },
  });
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]] };
  const text = alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  alice.cancel(text);
  house.run();
  assert.deepEqual(alice.seen, [200, 487]);
  waiting[0]!();
  house.run();
  assert.deepEqual(bob.seen, []);
  assert.deepEqual(done, [487]);
});

test("CANCEL while a name is being looked up: nothing is sent, 487 (RFC 3261 §16.10)", async () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  let found: (targets: { kind: "udp"; address: string; port: number }[]) => void = () => {};
  house.locator.hosts.set("slow.example", new Promise((resolve) => (found = resolve)));
  house.options = { groups: [[{ uri: "sip:bob@slow.example" }]] };
  const text = alice.send("INVITE", "sip:bob@10.0.0.1");
  await house.runAsync();
  alice.cancel(text);
  await house.runAsync();
  assert.deepEqual(alice.seen, [100, 200, 487]);
  found([{ kind: "udp", address: "10.0.0.3", port: 5060 }]);
  await house.runAsync();
  assert.deepEqual(bob.seen, []);
});

test("a stray CANCEL to ourselves is answered 481, from a trusted source, too: it would run in circles (RFC 3261 §9.2)", () => {
  const house = new House();
  house.trusted = true;
  const alice = house.phone("10.0.0.2");
  alice.send("CANCEL", "sip:bob@10.0.0.1");
  house.run(100);
  assert.deepEqual(alice.seen, [481]);
  assert.equal(house.transport.counters.received, 1);
});

test("a stray CANCEL is checked as other requests are before it goes on (RFC 3261 §16.3)", () => {
  const house = new House();
  house.trusted = true;
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  alice.send("CANCEL", "sip:bob@10.0.0.3", { maxForwards: "Max-Forwards: 0\r\n" });
  house.run(100);
  assert.deepEqual([alice.seen, bob.seen], [[483], []]);
});

test("Require and Proxy-Require in a CANCEL mean nothing, whether it is for a known INVITE or not (RFC 3261 §8.2.2.3)", () => {
  const { house, alice, bob, text } = ringing();
  const lines = ["Require: nothing", "Proxy-Require: nothing"];
  alice.cancel(text, lines);
  house.run();
  assert.equal(alice.responses.filter(({ cseq }) => cseq?.method === "CANCEL")[0]?.status, 200);
  assert.ok(bob.request("CANCEL"));
  alice.send("CANCEL", "sip:bob@10.0.0.1", { callId: "other", lines });
  house.run();
  assert.equal(alice.responses.at(-1)?.status, 481);
});

test("the 200 to a CANCEL and the 487 to its INVITE have one To tag, when both are ours (RFC 3261 §9.2)", () => {
  const { house, alice, text } = ringing(1, 0);
  alice.cancel(text);
  house.run(40_000);
  assert.equal(alice.response(200).cseq?.method, "CANCEL");
  assert.ok(alice.response(487).toTag);
  assert.equal(alice.response(200).toTag, alice.response(487).toTag);
});
