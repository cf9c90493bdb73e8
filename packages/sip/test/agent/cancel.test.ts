/** Giving up before the answer, and races with it. RFC 3261 §9, §13.2.2.4, §15. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SipError } from "@trapezoid/sip/agent";
import { Rig } from "./rig.ts";

test("CANCEL after a provisional response: 200 to it, 487 to the INVITE, with its Reason (RFC 3261 §9.1, §9.2, RFC 3326 §2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  void call.end({ reasons: [{ protocol: "SIP", cause: 200, text: "Call completed elsewhere" }] });
  await rig.run();
  assert.equal((await call.ended).cause, "cancelled");
  const end = await bob.call.ended;
  assert.deepEqual([end.cause, end.by, end.reasons[0]?.text], ["cancelled", "remote", "Call completed elsewhere"]);
  const error: unknown = await call.confirmed.catch((reason) => reason);
  assert.ok(error instanceof SipError && error.status === 487);
  rig.recorder.expectExactly([
    "alice → bob INVITE",
    "bob → alice 180 INVITE",
    "alice → bob CANCEL",
    "bob → alice 200 CANCEL",
    "bob → alice 487 INVITE",
    "alice → bob ACK",
  ]);
  const tags = ["200 CANCEL", "487 INVITE"].map((one) => rig.recorder.response(one).toTag);
  assert.equal(tags[0], tags[1]);
  await rig.assertNothingLeft();
});

test("before any provisional response a CANCEL waits for the first (RFC 3261 §9.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void call.end();
  await rig.run();
  assert.equal(rig.recorder.count("CANCEL"), 0);
  // 100, which bob says when nobody has decided for 200 ms.
  await rig.run(300);
  assert.equal((await call.ended).cause, "cancelled");
  rig.recorder.expectInOrder(["100 INVITE", "alice → bob CANCEL", "487 INVITE"]);
  await rig.assertNothingLeft();
});

test("an abort before anything was sent ends the call without a message", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner, signal: AbortSignal.abort() });
  await rig.run();
  assert.equal((await call.ended).cause, "cancelled");
  assert.equal(rig.recorder.lines.length, 0);
  await rig.assertNothingLeft();
});

test("a 200 that crosses the CANCEL is acknowledged and hung up (RFC 3261 §9.1, §15)", async () => {
  const rig = new Rig({ delayMs: 50 });
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run(60);
  void bob.call.ring();
  await rig.run(60);
  void bob.call.accept();
  await rig.run(10);
  void call.end();
  await rig.run(400);
  assert.equal((await call.ended).cause, "cancelled");
  assert.equal((await bob.call.ended).cause, "bye");
  rig.recorder.expectInOrder(["alice → bob CANCEL", "alice → bob ACK", "alice → bob BYE", "200 BYE"]);
  await rig.assertNothingLeft();
});

test("a refusal ends the call with its status, and is no matter of the owner's offer (RFC 3261 §13.2.2.3)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  bob.onInvite = () => ({ status: 486, headers: [["Retry-After", "60"]] });
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  const end = await call.ended;
  assert.deepEqual([end.cause, end.by, end.status, end.reason], ["rejected", "remote", 486, "Busy Here"]);
  await assert.rejects(call.confirmed, { code: "SIP_UA_REFUSED", status: 486 });
  await rig.assertNothingLeft();
});

test("a call that nobody takes is 480 (RFC 3261 §13.3.1.3)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  bob.onInvite = () => undefined;
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  assert.equal((await call.ended).status, 480);
  await rig.assertNothingLeft();
});

test("a caller that hangs up an early dialog by BYE gets 200, and 487 to its INVITE (RFC 3261 §15, §15.1.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  assert.ok(call.leg);
  void call.request("BYE");
  await rig.run();
  assert.equal((await bob.call.ended).cause, "bye");
  rig.recorder.expectInOrder(["alice → bob BYE", "200 BYE", "487 INVITE", "alice → bob ACK"]);
  await rig.assertNothingLeft();
});

test("without any answer the call ends by 408 after 64·T1 (RFC 3261 §8.1.3.1, §17.1.1.2)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  rig.agent("bob");
  rig.network.cut("10.0.0.3");
  const call = alice.core.invite("sip:bob@10.0.0.3", { handlers: alice.owner });
  await rig.run(33_000);
  const end = await call.ended;
  assert.deepEqual([end.cause, end.status], ["timeout", 408]);
  await rig.assertNothingLeft();
});

test("a callee that goes silent after ringing: CANCEL, and 64·T1 later it is over (RFC 3261 §9.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  rig.network.cut(bob.address);
  void call.end();
  await rig.run(31_000);
  assert.equal(call.state, "ending");
  await rig.run(2_000);
  assert.equal((await call.ended).cause, "cancelled");
  bob.call.reject(480);
  await rig.assertNothingLeft();
});

test("Expires in an INVITE: its caller gives up by CANCEL, its callee by 487 (RFC 3261 §13.2.1, §13.3.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner, expiresSeconds: 20 });
  await rig.run();
  void bob.call.ring();
  await rig.run(20_100);
  assert.equal((await bob.call.ended).status, 487);
  assert.equal((await call.ended).status, 487);
  await rig.assertNothingLeft();
});
