/** Session timers, both roles. RFC 4028. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutgoingSession, SessionTimerSettings } from "@trapezoid/sip/agent";
import { type Agent, Rig } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly bob: Agent;
  readonly call: OutgoingSession;
}

async function connected(
  alices: Partial<SessionTimerSettings>,
  bobs: Partial<SessionTimerSettings>,
  prepare: (rig: Rig) => void = () => {},
): Promise<Scene> {
  const rig = new Rig();
  prepare(rig);
  const alice = rig.agent("alice", { sessionTimer: alices });
  const bob = rig.agent("bob", { sessionTimer: bobs });
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  if (bob.calls.length > 0) void bob.call.accept();
  await rig.run(100);
  return { rig, alice, bob, call };
}

async function hangUp({ rig, call }: Scene): Promise<void> {
  void call.end();
  await rig.assertNothingLeft();
}

test("the caller asks, the callee agrees and leaves refreshing to it: UPDATE half-way (RFC 4028 §7.1, §7.4, §9)", async () => {
  const scene = await connected({ expiresSeconds: 600 }, { expiresSeconds: 1_800 });
  const { rig, call, bob } = scene;
  assert.equal(rig.recorder.request("alice → bob INVITE").header("Session-Expires"), "600");
  const ok = rig.recorder.response("200 INVITE");
  assert.equal(ok.header("Session-Expires"), "600;refresher=uac");
  assert.equal(ok.header("Require"), "timer");
  assert.deepEqual(call.timer, { expiresSeconds: 600, refresher: "local" });
  assert.deepEqual(bob.call.timer, { expiresSeconds: 600, refresher: "remote" });
  await rig.run(299_000);
  assert.equal(rig.recorder.count("alice → bob UPDATE"), 0);
  await rig.run(2_000);
  const update = rig.recorder.request("alice → bob UPDATE");
  assert.equal(update.header("Session-Expires"), "600;refresher=uac");
  assert.equal(update.body, "");
  await rig.run(1_000_000);
  assert.equal(call.state, "confirmed");
  assert.equal(bob.call.state, "confirmed");
  await hangUp(scene);
});

test("the callee refreshes where the settings say so, and may shorten the interval (RFC 4028 §9, table 2)", async () => {
  const scene = await connected({ expiresSeconds: 1_800 }, { expiresSeconds: 200, refresher: "local" });
  const { rig, call, bob } = scene;
  assert.deepEqual(bob.call.timer, { expiresSeconds: 200, refresher: "local" });
  assert.deepEqual(call.timer, { expiresSeconds: 200, refresher: "remote" });
  await rig.run(101_000);
  assert.equal(rig.recorder.count("bob → alice UPDATE"), 1);
  assert.deepEqual(call.timer, { expiresSeconds: 200, refresher: "remote" });
  await hangUp(scene);
});

test("422: the same call again with the interval that the callee takes (RFC 4028 §6, §7.3)", async () => {
  const scene = await connected({ expiresSeconds: 90 }, { expiresSeconds: 1_800, minSeconds: 300 });
  const { rig, call, bob } = scene;
  await rig.run(100);
  void bob.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  assert.equal(rig.recorder.response("422 INVITE").header("Min-SE"), "300");
  const [first, second] = rig.recorder.all("alice → bob INVITE").map(({ message }) => message!);
  assert.deepEqual(
    ["Session-Expires", "Min-SE"].map((name) => second!.header(name)),
    ["300", "300"],
  );
  assert.equal(second!.callId, first!.callId);
  assert.equal(second!.cseq!.sequence, 2);
  assert.equal(call.timer?.expiresSeconds, 300);
  await hangUp(scene);
});

test("a refresher that is gone: the other side hangs up a third, at most 32 s, before the end (RFC 4028 §10)", async () => {
  const scene = await connected({ expiresSeconds: 600 }, { expiresSeconds: 1_800 });
  const { rig, alice, bob, call } = scene;
  rig.network.cut(alice.address);
  await rig.run(567_000);
  assert.equal(bob.call.state, "confirmed");
  await rig.run(2_000);
  assert.equal(bob.call.state, "ending");
  await rig.run(40_000);
  assert.equal((await bob.call.ended).cause, "session-expired");
  // Alice's refreshes went unanswered.
  assert.equal((await call.ended).cause, "timeout");
  await rig.assertNothingLeft();
});

test("nobody wants a timer: there is none (RFC 4028 §7.2)", async () => {
  const scene = await connected({ expiresSeconds: 0 }, { expiresSeconds: 0 });
  assert.equal(scene.rig.recorder.request("alice → bob INVITE").header("Session-Expires"), undefined);
  assert.equal(scene.call.timer, undefined);
  await hangUp(scene);
});

test("the callee alone wants one: it puts it into its 2xx (RFC 4028 §9)", async () => {
  const scene = await connected({ expiresSeconds: 0 }, { expiresSeconds: 300 });
  assert.equal(scene.rig.recorder.response("200 INVITE").header("Session-Expires"), "300;refresher=uac");
  assert.deepEqual(scene.call.timer, { expiresSeconds: 300, refresher: "local" });
  await hangUp(scene);
});

test("a peer without UPDATE is refreshed by re-INVITE, with an offer that changes nothing (RFC 4028 §7.4)", async () => {
  const scene = await connected({ expiresSeconds: 200 }, {}, (rig) => {
    // Bob seems to know no UPDATE.
    const { network } = rig;
    const { sendDatagram } = network;
    network.sendDatagram = (kind, from, to, text) =>
      sendDatagram.call(network, kind, from, to, from.address === "10.0.0.3" ? text.replace(", UPDATE", "") : text);
  });
  const { rig, alice } = scene;
  await rig.run(101_000);
  assert.equal(rig.recorder.count("alice → bob UPDATE"), 0);
  assert.equal(rig.recorder.count("alice → bob INVITE"), 2);
  assert.equal(alice.owner.log.at(-2), "refresh INVITE: makes alice offer 2");
  await hangUp(scene);
});

test("Min-SE as it was heard in a request stands in our own; every request but ACK says that timers are known (RFC 4028 §7.1, §7.4)", async () => {
  const scene = await connected({ expiresSeconds: 600, minSeconds: 400 }, { expiresSeconds: 300 });
  const { rig, call, bob } = scene;
  assert.equal(rig.recorder.request("alice → bob INVITE").header("Min-SE"), "400");
  assert.deepEqual(call.timer, { expiresSeconds: 400, refresher: "local" });
  const changed = bob.call.update();
  await rig.run(100);
  await changed;
  const update = rig.recorder.request("bob → alice UPDATE");
  assert.deepEqual(
    ["Min-SE", "Session-Expires"].map((name) => update.header(name)),
    ["400", "400;refresher=uas"],
  );
  assert.deepEqual(call.timer, { expiresSeconds: 400, refresher: "local" });
  const asked = call.request("OPTIONS");
  await rig.run();
  await asked;
  void call.end();
  await rig.run();
  for (const one of ["INVITE", "OPTIONS", "BYE"]) {
    assert.match(rig.recorder.request(`alice → bob ${one}`).header("Supported") ?? "", /\btimer\b/, one);
  }
  assert.equal(rig.recorder.request("alice → bob ACK").header("Supported"), undefined);
  await rig.assertNothingLeft();
});
