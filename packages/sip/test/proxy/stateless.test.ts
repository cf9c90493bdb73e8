/** Forwarding without state. RFC 3261 §16.11, §18.2.2. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { dnsFailed } from "@trapezoid/sip/locate";
import { House, type HouseOptions } from "./house.ts";

const stateless: HouseOptions = {
  engine: (transaction, routed, { proxy, options }) => {
    const { request, flow } = transaction;
    transaction.abandon();
    proxy.forwardStateless(request, flow, routed, options.groups[0]?.[0]);
  },
};

function house() {
  const made = new House(stateless);
  const alice = made.phone("10.0.0.2");
  const bob = made.phone("10.0.0.3");
  made.options = { groups: [[{ uri: "sip:u3@10.0.0.3:5060" }]] };
  return { made, alice, bob };
}

test("a retransmission is forwarded with the same branch and bytes, another request with another (RFC 3261 §16.11)", () => {
  const { made, alice, bob } = house();
  const text = alice.send("INVITE", "sip:bob@10.0.0.1");
  alice.udp().send(text);
  alice.send("INVITE", "sip:bob@10.0.0.1", { cseq: 2 });
  made.run();
  const [first, again, other] = bob.requests;
  assert.equal(first!.text, again!.text);
  assert.notEqual(first!.via?.branch, other!.via?.branch);
  assert.match(first!.via!.branch!, /^z9hG4bK07s/);
  // RFC 3263 §4.4: and, of several addresses, to the same one.
  assert.deepEqual(
    made.locator.stateless,
    bob.requests.map((request) => request.via?.branch),
  );
  made.run(100_000);
  made.assertEmpty();
});

test("no 100 is sent, and responses go back by the second Via (RFC 3261 §16.11)", () => {
  const { made, alice, bob } = house();
  alice.send("INVITE", "sip:bob@10.0.0.1");
  made.run();
  bob.answer(bob.request("INVITE"), 180);
  bob.answer(bob.request("INVITE"), 486);
  made.run();
  assert.deepEqual(alice.seen, [180, 486]);
  assert.equal(alice.response(486).headers("Via").length, 1);
  assert.equal(made.proxy.counters.statelessResponses, 2);
});

test("the ACK to a failure has the INVITE's branch (RFC 3261 §16.11, §17.1.1.3)", () => {
  const { made, alice, bob } = house();
  made.trusted = true;
  const text = alice.send("INVITE", "sip:u3@10.0.0.3:5060");
  made.run();
  bob.answer(bob.request("INVITE"), 486);
  made.run();
  alice.ackFailure(text, alice.response(486));
  made.run();
  assert.equal(bob.request("ACK").via?.branch, bob.request("INVITE").via?.branch);
});

test("an RFC 2543 request without the cookie: the branch is made of more fields (§16.11)", () => {
  const { made, alice, bob } = house();
  alice.send("INVITE", "sip:bob@10.0.0.1", { branch: "1" });
  alice.send("INVITE", "sip:bob@10.0.0.1", { branch: "1", callId: "other" });
  alice.send("INVITE", "sip:bob@10.0.0.1", { branch: "1" });
  made.run();
  const branches = bob.requests.map((request) => request.via?.branch);
  assert.notEqual(branches[0], branches[1]);
  assert.equal(branches[0], branches[2]);
  bob.answer(bob.request("INVITE", 1), 200);
  made.run();
  assert.equal(alice.response(200).callId, "other");
});

test("a response goes back by the connection that its request came on; to where the Via says when that is gone (RFC 3261 §18.2.2)", async () => {
  const { made, alice, bob } = house();
  const connection = alice.connect();
  alice.send("MESSAGE", "sip:bob@10.0.0.1", { transport: "TCP" }, connection);
  made.run();
  bob.answer(bob.request("MESSAGE"), 200);
  made.run();
  assert.equal(alice.flows[0], connection);
  alice.send("MESSAGE", "sip:bob@10.0.0.1", { transport: "TCP", cseq: 2 }, connection);
  made.run();
  connection.close();
  made.run();
  bob.answer(bob.request("MESSAGE"), 200);
  await made.runAsync();
  await made.runAsync();
  assert.equal(alice.responses.length, 2);
});

test("responses that belong to nothing of ours are dropped: none is forwarded to an address that a stranger chose (RFC 3261 §16.11, RFC 6026 §7.3, §8.2)", () => {
  const { made, alice, bob } = house();
  const victim = made.phone("10.0.0.9");
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  made.run();
  const request = bob.request("MESSAGE");
  const [ours, theirs] = request.headers("Via") as [string, string];
  const rest = `From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: ${request.callId}\r\nCSeq: 1 MESSAGE\r\n\r\n`;
  for (const vias of [
    [ours, theirs.replace("10.0.0.2", "10.0.0.9")],
    [ours, "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKx"],
    [ours.replace("10.0.0.1", "10.0.0.77"), theirs],
    [ours.replace(/branch=z9hG4bK07s..../, "branch=z9hG4bK07sAAAA"), theirs],
    ["SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK07s", theirs],
    ["SIP/2.0/UDP 10.0.0.1:5060", theirs],
    [ours],
  ]) {
    bob.udp().send(`SIP/2.0 200 OK\r\n${vias.map((via) => `Via: ${via}\r\n`).join("")}${rest}`);
  }
  made.run();
  assert.deepEqual(alice.seen, []);
  assert.deepEqual(victim.seen, []);
  assert.equal(made.proxy.counters.droppedResponses, 7);
});

test("the Via may come back written otherwise (RFC 3261 §16.11)", () => {
  const { made, alice, bob } = house();
  alice.send("MESSAGE", "sip:bob@10.0.0.1", { sentBy: "10.0.0.2:5060;rport" });
  made.run();
  const request = bob.request("MESSAGE");
  const [ours, theirs] = request.headers("Via") as [string, string];
  const [first, ...params] = theirs.split(";");
  bob
    .udp()
    .send(
      `SIP/2.0 200 OK\r\nv:${ours},${first!.replace("SIP/2.0/UDP", "SIP / 2.0 / UDP")} ; ${params.reverse().join(" ;")}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\r\n`,
    );
  made.run();
  assert.deepEqual(alice.seen, [200]);
});

test("Max-Forwards 0 goes nowhere (RFC 3261 §16.11, §16.3 step 3)", () => {
  const { made, alice, bob } = house();
  alice.send("OPTIONS", "sip:bob@10.0.0.1", { maxForwards: "Max-Forwards: 0\r\n" });
  made.run();
  assert.deepEqual(bob.seen, []);
});

test("long requests go over TCP, or UDP where there is none (RFC 3261 §18.1.1)", async () => {
  const { made, alice, bob } = house();
  alice.send("MESSAGE", "sip:bob@10.0.0.1", { body: "x".repeat(1300) });
  await made.runAsync();
  await made.runAsync();
  assert.equal(bob.flows[0]?.kind, "tcp");
  bob.transport.listenNow("udp", 5070);
  made.options = { groups: [[{ uri: "sip:u3@10.0.0.3:5070" }]] };
  alice.send("MESSAGE", "sip:bob@10.0.0.1", { body: "x".repeat(1300), cseq: 2 });
  await made.runAsync();
  await made.runAsync();
  assert.equal(bob.flows[1]?.kind, "udp");
});

test("Record-Route is the same in each retransmission, and its token works (RFC 3261 §16.11)", () => {
  const { made, alice, bob } = house();
  alice.send("INVITE", "sip:bob@10.0.0.1", { callId: "dialog", fromTag: "at" });
  made.run();
  const invite = bob.request("INVITE");
  const lines = bob.routeSet(invite).map((value) => `Route: ${value}`);
  bob.send("BYE", "sip:u2@10.0.0.2:5060", { callId: "dialog", fromTag: "bt", toTag: "at", lines });
  made.run();
  assert.equal(alice.request("BYE").headers("Route").length, 0);
});

test("ACK to a failure and CANCEL follow their INVITE to what the engine chose, from whomever it came (RFC 3261 §16.10, §16.11)", () => {
  const { made, alice, bob } = house();
  const text = alice.send("INVITE", "sip:bob@10.0.0.1");
  made.run();
  const { branch } = bob.request("INVITE").via!;
  alice.cancel(text);
  made.run();
  assert.equal(bob.request("CANCEL").via?.branch, branch);
  bob.answer(bob.request("CANCEL"), 200);
  bob.answer(bob.request("INVITE"), 487);
  made.run();
  alice.ackFailure(text, alice.response(487));
  made.run();
  assert.equal(bob.request("ACK").via?.branch, branch);
  assert.deepEqual(alice.seen, [200, 487]);
  // Not from elsewhere, not with another branch.
  const thief = made.phone("10.0.0.66");
  thief.udp().send(text.replace(/INVITE/g, "CANCEL"));
  thief.udp().send(text.replace(/INVITE/g, "ACK").replace("branch=", "branch=z9hG4bKother"));
  made.run();
  assert.deepEqual(bob.seen, ["INVITE", "CANCEL", "ACK"]);
  made.run(100_000);
  made.assertEmpty();
});

test("a name that nobody finds is no fault of ours: the request is lost without a word", async () => {
  const { made, alice } = house();
  made.options = { groups: [[{ uri: "sip:bob@gone.example" }]] };
  const lost = Promise.reject(dnsFailed("gone.example", "A", "SERVFAIL"));
  lost.catch(() => {});
  made.locator.hosts.set("gone.example", lost);
  alice.send("MESSAGE", "sip:bob@10.0.0.1");
  await made.runAsync();
  assert.deepEqual(made.errors, []);
  assert.deepEqual(alice.seen, []);
});
