/** The 2xx and its ACK: repeated, lost, forked. RFC 3261 §13.2.2.4, §13.3.1.4. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.ts";

test("a 200 is repeated at T1, 2·T1 … T2 until its ACK comes, and each is acknowledged again (RFC 3261 §13.2.2.4, §13.3.1.4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  let lost = 0;
  rig.network.lose = ({ text }) => text.startsWith("ACK ") && ++lost <= 3;
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(5_000);
  const times = rig.recorder.all("bob → alice 200 INVITE").map(({ at }) => Math.round(at / 100) * 100);
  assert.deepEqual(times, [0, 500, 1500, 3500]);
  const acks = rig.recorder.all("ACK").map(({ packet }) => packet.text);
  assert.equal(acks.length, 4);
  assert.equal(new Set(acks).size, 1);
  assert.equal(bob.call.state, "confirmed");
  void call.end();
  await rig.assertNothingLeft();
});

test("without ACK in 64·T1 the callee hangs up (RFC 3261 §13.3.1.4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  rig.network.lose = ({ text }) => text.startsWith("ACK ");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  const accepted = bob.call.accept();
  await rig.run(31_000);
  assert.equal(bob.call.state, "answered");
  await rig.run(2_000);
  assert.equal((await bob.call.ended).cause, "no-ack");
  await assert.rejects(accepted, { code: "SIP_UA_NO_ACK" });
  assert.equal((await call.ended).cause, "bye");
  await rig.assertNothingLeft();
});

test("a callee does not hang up before the ACK (RFC 3261 §15)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  let lost = 0;
  rig.network.lose = ({ text }) => text.startsWith("ACK ") && ++lost <= 1;
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run();
  void bob.call.end();
  await rig.run(100);
  assert.equal(rig.recorder.count("BYE"), 0);
  await rig.run(600);
  assert.equal((await call.ended).cause, "bye");
  rig.recorder.expectInOrder(["200 INVITE", "ACK", "200 INVITE", "ACK", "bob → alice BYE", "200 BYE"]);
  await rig.assertNothingLeft();
});

test("both hang up at once: each is answered 200 (RFC 3261 §15.1.2)", async () => {
  const rig = new Rig({ delayMs: 50 });
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run(60);
  void bob.call.accept();
  await rig.run(200);
  void call.end();
  void bob.call.end();
  await rig.run(200);
  assert.equal(rig.recorder.count("200 BYE"), 2);
  assert.equal((await call.ended).by, "local");
  await rig.assertNothingLeft();
});

test("a fork that two answer: both are acknowledged, the second is hung up (RFC 3261 §13.2.2.4)", async () => {
  const rig = new Rig();
  const proxy = rig.proxy(() => ["sip:bob@10.0.0.3", "sip:carol@10.0.0.4"]);
  assert.ok(proxy);
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const carol = rig.agent("carol");
  const call = alice.core.invite("sip:all@10.0.0.1", { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  void carol.call.ring();
  await rig.run();
  assert.equal(call.legs.length, 2);
  void bob.call.accept();
  void carol.call.accept();
  await rig.run(100);
  const leg = await call.confirmed;
  assert.equal(call.legs.length, 1);
  assert.equal(call.leg, leg);
  const [winner, loser] = bob.call.state === "confirmed" ? [bob, carol] : [carol, bob];
  assert.equal((await loser.call.ended).cause, "bye");
  assert.equal(winner.call.state, "confirmed");
  assert.equal(alice.owner.log.length, 2);
  void call.end();
  await rig.assertNothingLeft();
});

test("early dialogs that nobody answers are over 64·T1 after the first 200 (RFC 3261 §13.2.2.4)", async () => {
  const rig = new Rig();
  rig.proxy(() => ["sip:bob@10.0.0.3", "sip:carol@10.0.0.4"]);
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const carol = rig.agent("carol");
  const call = alice.core.invite("sip:all@10.0.0.1", { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  void carol.call.ring();
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  assert.equal(call.legs.length, 2);
  await rig.run(33_000);
  assert.equal(call.legs.length, 1);
  assert.equal((await carol.call.ended).cause, "cancelled");
  void bob.call.end();
  await rig.assertNothingLeft();
});

test("through a proxy: the route set is followed by ACK, re-INVITE and BYE of both sides (RFC 3261 §12.1.1, §12.1.2, §12.2.1.1)", async () => {
  const rig = new Rig();
  rig.proxy(() => ["sip:bob@10.0.0.3"]);
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite("sip:bob@10.0.0.1", { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  rig.recorder.clear();
  await Promise.all([call.reinvite(), rig.run(100)]);
  await Promise.all([bob.call.reinvite(), rig.run(100)]);
  void bob.call.end();
  await rig.run(100);
  assert.ok(rig.recorder.messages.every(({ from, to }) => from === "proxy" || to === "proxy"));
  assert.equal((await call.ended).by, "remote");
  await rig.assertNothingLeft();
});
