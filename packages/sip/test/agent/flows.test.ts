/** Call flows as ladders, through a proxy of ours. RFC 3665, RFC 5359, RFC 6228. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig, rigBody } from "./rig.ts";

function trapezoid() {
  const rig = new Rig();
  rig.proxy(() => ["sip:bob@10.0.0.3"]);
  return { rig, alice: rig.agent("alice"), bob: rig.agent("bob") };
}

test("a session through a proxy (RFC 3665 §3.2)", async () => {
  const { rig, alice, bob } = trapezoid();
  const call = alice.core.invite("sip:bob@10.0.0.1", { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  void bob.call.accept();
  await rig.run();
  void bob.call.end();
  await rig.run();
  assert.equal((await call.ended).cause, "bye");
  rig.recorder.expectExactly([
    "alice → proxy INVITE",
    "proxy → alice 100 INVITE",
    "proxy → bob INVITE",
    "bob → proxy 180 INVITE",
    "proxy → alice 180 INVITE",
    "bob → proxy 200 INVITE",
    "proxy → alice 200 INVITE",
    "alice → proxy ACK",
    "proxy → bob ACK",
    "bob → proxy BYE",
    "proxy → alice BYE",
    "alice → proxy 200 BYE",
    "proxy → bob 200 BYE",
  ]);
  await rig.assertNothingLeft();
});

test("nobody answers, the caller gives up (RFC 3665 §3.8)", async () => {
  const { rig, alice, bob } = trapezoid();
  const call = alice.core.invite("sip:bob@10.0.0.1", { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  void call.end();
  await rig.run();
  assert.equal((await call.ended).status, 487);
  rig.recorder.expectInOrder([
    "alice → proxy CANCEL",
    "proxy → alice 200 CANCEL",
    "proxy → bob CANCEL",
    "bob → proxy 200 CANCEL",
    "bob → proxy 487 INVITE",
    "proxy → bob ACK",
    "proxy → alice 487 INVITE",
    "alice → proxy ACK",
  ]);
  await rig.assertNothingLeft();
});

test("busy (RFC 3665 §3.9, RFC 3261 §21.4.24)", async () => {
  const { rig, alice, bob } = trapezoid();
  bob.onInvite = () => ({ status: 486 });
  const call = alice.core.invite("sip:bob@10.0.0.1", { handlers: alice.owner });
  await rig.run();
  assert.equal((await call.ended).status, 486);
  rig.recorder.expectInOrder([
    "bob → proxy 486 INVITE",
    "proxy → bob ACK",
    "proxy → alice 486 INVITE",
    "alice → proxy ACK",
  ]);
  await rig.assertNothingLeft();
});

test("hold and back by re-INVITE (RFC 5359 §2.1)", async () => {
  const { rig, alice, bob } = trapezoid();
  const call = alice.core.invite("sip:bob@10.0.0.1", { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run();
  for (const direction of ["sendonly", "sendrecv"]) {
    const changed = bob.call.reinvite({ body: rigBody(direction) });
    await rig.run();
    await changed;
  }
  assert.deepEqual(
    alice.owner.log.slice(2).map((line) => line.split(" makes ")[0]),
    ["change INVITE: to sendonly", "change INVITE: to sendrecv"],
  );
  void call.end();
  await rig.assertNothingLeft();
});

test("199 ends an early dialog, and no other (RFC 6228 §4)", async () => {
  const rig = new Rig();
  rig.proxy(() => ["sip:bob@10.0.0.3", "sip:carol@10.0.0.4"]);
  const [alice, bob, carol] = [rig.agent("alice"), rig.agent("bob"), rig.agent("carol")];
  const call = alice.core.invite("sip:all@10.0.0.1", { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  void carol.call.ring();
  await rig.run();
  assert.equal(call.legs.length, 2);
  void bob.call.progress({ status: 199, withSession: false });
  await rig.run();
  assert.deepEqual(
    call.legs.map(({ remoteTag }) => remoteTag),
    [carol.call.leg?.localTag],
  );
  void carol.call.accept();
  await rig.run();
  assert.equal(call.state, "confirmed");
  void call.end();
  await rig.assertNothingLeft();
});
