/** Request validation. RFC 3261 §16.3, RFC 5393 §4.2, §5. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HeaderId } from "@trapezoid/sip/message";
import type { ForwardOptions } from "@trapezoid/sip/proxy";
import { binding, House } from "./house.ts";

function refused(lines: {
  method?: string;
  uri?: string;
  maxForwards?: string;
  lines?: string[];
  cseqMethod?: string;
}) {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]] };
  alice.send(lines.method ?? "MESSAGE", lines.uri ?? "sip:bob@10.0.0.1", lines);
  house.run();
  return { house, alice, bob };
}

test("a request whose mandatory fields are broken is answered 400 (RFC 3261 §16.3 step 1)", () => {
  const { alice, bob } = refused({ cseqMethod: "INVITE" });
  assert.equal(alice.responses[0]?.status, 400);
  assert.deepEqual(bob.seen, []);
});

test("header fields that the proxy has no use for may be broken, and pass unchanged (RFC 3261 §16.3 step 1, §8.2.2)", () => {
  const { bob } = refused({ lines: ["Date: whenever", "X-Odd:  (;;)"] });
  assert.ok(bob.request("MESSAGE").text.includes("Date: whenever\r\nX-Odd:  (;;)\r\n"));
});

test("methods that nobody here knows pass (RFC 3261 §16.3 step 1)", () => {
  assert.deepEqual(refused({ method: "FROBNICATE" }).bob.seen, ["FROBNICATE"]);
});

test("a scheme that is not understood is answered 416 (RFC 3261 §16.3 step 2, §8.2.2.1, §21.4.14)", () => {
  assert.deepEqual(refused({ uri: "http://example.com/" }).alice.seen, [416]);
  assert.deepEqual(refused({ uri: "tel:+15551234" }).bob.seen, ["MESSAGE"]);
});

test("Max-Forwards 0 is answered 483 and goes nowhere (RFC 3261 §16.3 step 3, §21.4.21)", () => {
  const { alice, bob } = refused({ maxForwards: "Max-Forwards: 0\r\n" });
  assert.deepEqual(alice.seen, [483]);
  assert.deepEqual(bob.seen, []);
});

test("OPTIONS with Max-Forwards 0 is left to the engine, and answered 483 when that wants to forward it (RFC 3261 §16.3 step 3, §11)", () => {
  const house = new House({
    engine: (transaction, _routed, { proxy }) => proxy.reply(transaction, 200),
  });
  const alice = house.phone("10.0.0.2");
  alice.send("OPTIONS", "sip:10.0.0.1", { maxForwards: "Max-Forwards: 0\r\n" });
  house.run();
  assert.deepEqual(alice.seen, [200]);
  const { alice: other, bob } = refused({ method: "OPTIONS", maxForwards: "Max-Forwards: 0\r\n" });
  assert.deepEqual(other.seen, [483]);
  assert.deepEqual(bob.seen, []);
});

test("Proxy-Require is answered 420 with the options that are not understood (RFC 3261 §16.3 step 5, §19.2, §21.4.15)", () => {
  const { alice } = refused({ lines: ["Proxy-Require: foo, bar", "Proxy-Require: baz"] });
  assert.equal(alice.response(420).header("Unsupported"), "foo, bar, baz");
  const house = new House({ proxy: { proxyRequire: ["foo"] } });
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]] };
  house.phone("10.0.0.2").send("MESSAGE", "sip:bob@10.0.0.1", { lines: ["Proxy-Require: FOO"] });
  house.run();
  assert.deepEqual(bob.seen, ["MESSAGE"]);
});

/** The proxy forwards to the phone, which sends the request straight back as it came, but for the Request-URI. */
function returned(uri: string, options: Partial<ForwardOptions> = {}) {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]], ...options };
  alice.send("INVITE", "sip:bob@10.0.0.1");
  house.run();
  const first = bob.request("INVITE");
  const back = (text: string): string => {
    const line = text.indexOf("\r\n") + 2;
    // As an element would: its own Via on top.
    return `INVITE ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKx${house.clock.now()}\r\n${text.slice(line)}`;
  };
  bob.udp().send(back(first.text));
  house.run();
  return { house, bob, again: () => back(bob.request("INVITE").text) };
}

test("a request that comes back unchanged, for the second time from there, is a loop: 482 (RFC 5393 §4.2.2, RFC 3261 §21.4.20)", () => {
  const { house, bob, again } = returned("sip:bob@10.0.0.1");
  // From another source it may take another way.
  assert.deepEqual(bob.seen, ["INVITE", 100, "INVITE"]);
  bob.udp().send(again());
  house.run();
  assert.equal(bob.responses.at(-1)?.status, 482);
  assert.equal(house.proxy.counters.loops, 1);
});

test("where the source decides nothing, it is a loop as soon as it comes back unchanged (RFC 5393 §4.2.2)", () => {
  const { house, bob } = returned("sip:bob@10.0.0.1", { sourceDecides: false });
  assert.deepEqual(bob.seen, ["INVITE", 482]);
  assert.equal(house.proxy.counters.loops, 1);
});

test("a request that comes back with another Request-URI is a spiral and passes (RFC 3261 §16.3 step 4)", () => {
  const { house, bob, again } = returned("sip:bob@10.0.0.1");
  bob.udp().send(again().replace("INVITE sip:bob@", "INVITE sip:bobby@"));
  house.run();
  assert.equal(bob.requests.length, 3);
  assert.equal(house.proxy.counters.loops, 0);
});

test("a request that comes back with other Route values or credentials is a spiral (RFC 3261 §16.6 step 8)", () => {
  for (const line of ["Route: <sip:10.0.0.1;lr>\r\n", 'Proxy-Authorization: Digest nonce="2"\r\n']) {
    const { house, bob, again } = returned("sip:bob@10.0.0.1");
    bob.udp().send(again().replace("Max-Forwards", `${line}Max-Forwards`));
    house.run();
    assert.equal(bob.requests.length, 3, line);
  }
});

test("the second part of the branch varies with the transaction, not with the method (RFC 5393 §4.2.1)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const bob = house.phone("10.0.0.3");
  house.options = { groups: [[binding(bob)]] };
  const options = { callId: "one", fromTag: "f" };
  alice.send("MESSAGE", "sip:bob@10.0.0.1", options);
  alice.send("INFO", "sip:bob@10.0.0.1", options);
  alice.send("INFO", "sip:bob@10.0.0.1", { ...options, cseq: 2 });
  house.run();
  const parts = bob.requests.map((request) => request.via!.branch!.split(".")[1]);
  assert.equal(parts[0], parts[1]);
  assert.notEqual(parts[1], parts[2]);
});

test("Max-Breadth is added where it is missing, kept where it is less, lowered where it is more (RFC 5393 §5.3.3)", () => {
  for (const [sent, forwarded] of [
    [undefined, 60],
    [5, 5],
    [1000, 60],
  ] as const) {
    const { bob } = refused({ lines: sent === undefined ? [] : [`Max-Breadth: ${sent}`] });
    const request = bob.request("MESSAGE");
    assert.equal(request.number(HeaderId["Max-Breadth"]), forwarded);
    assert.equal(request.headers("Max-Breadth").length, 1);
  }
});

test("Max-Breadth is shared out among parallel branches (RFC 5393 §5.3.3, §5.6)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = ["10.0.0.3", "10.0.0.4", "10.0.0.5"].map((address) => house.phone(address));
  house.options = { groups: [phones.map((phone) => binding(phone))] };
  alice.send("INVITE", "sip:bob@10.0.0.1", { lines: ["Max-Breadth: 8"] });
  house.run();
  assert.deepEqual(
    phones.map((phone) => phone.request("INVITE").number(HeaderId["Max-Breadth"])),
    [3, 3, 2],
  );
});

test("too little Max-Breadth for a fork is answered 440, without a branch (RFC 5393 §5.3.3)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = ["10.0.0.3", "10.0.0.4"].map((address) => house.phone(address));
  house.options = { groups: [phones.map((phone) => binding(phone))] };
  alice.send("INVITE", "sip:bob@10.0.0.1", { lines: ["Max-Breadth: 1"] });
  house.run();
  assert.deepEqual(alice.seen, [100, 440]);
  for (const phone of phones) assert.deepEqual(phone.seen, []);
});

test("a fork that Max-Breadth forbids ends the request: later groups are not tried instead (RFC 5393 §5.3.3)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = ["10.0.0.3", "10.0.0.4", "10.0.0.5"].map((address) => house.phone(address));
  const [first, second, third] = phones.map((phone) => binding(phone));
  house.options = { groups: [[first!, second!], [third!]] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1", { lines: ["Max-Breadth: 1"] });
  house.run();
  assert.deepEqual(alice.seen, [440]);
  assert.deepEqual(phones[2]!.seen, []);
});

test("one after the other, targets get the whole of Max-Breadth each (RFC 5393 §5.3.3.1)", () => {
  const house = new House();
  const alice = house.phone("10.0.0.2");
  const phones = ["10.0.0.3", "10.0.0.4"].map((address) => house.phone(address));
  house.options = { groups: phones.map((phone) => [binding(phone)]) };
  alice.send("INVITE", "sip:bob@10.0.0.1", { lines: ["Max-Breadth: 1"] });
  house.run();
  phones[0]!.answer(phones[0]!.request("INVITE"), 486);
  house.run();
  assert.equal(phones[1]!.request("INVITE").number(HeaderId["Max-Breadth"]), 1);
});

test("more Via or Route values than there may be, on however many lines, are answered 513 (RFC 3261 §21.5.7)", () => {
  for (const [name, value, most] of [
    // Alice's own Via is one more.
    ["Via", "SIP/2.0/UDP h;branch=z9hG4bKx", 70],
    ["Route", "<sip:10.0.0.3;lr>", 64],
  ] as const) {
    const line = (count: number): string => `${name}: ${new Array(count).fill(value).join(", ")}`;
    assert.deepEqual(refused({ lines: [line(20), line(20), line(most - 40)] }).alice.seen, []);
    assert.deepEqual(refused({ lines: [line(20), line(20), line(most - 39)] }).alice.seen, [513]);
  }
});
