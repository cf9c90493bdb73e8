/** re-INVITE and UPDATE: both ways, glare, refusal, cancelling. RFC 3261 §14, RFC 3311 §5. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InviteOptions, OutgoingSession } from "@trapezoid/sip/agent";
import type { VirtualNetworkOptions } from "@trapezoid/testkit";
import { type Agent, Rig, rigBody } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly bob: Agent;
  readonly call: OutgoingSession;
}

async function connected(conditions: VirtualNetworkOptions = {}, invite: Partial<InviteOptions> = {}): Promise<Scene> {
  const rig = new Rig(conditions);
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner, ...invite });
  await rig.run(200);
  void bob.call.accept();
  await rig.run(300);
  assert.equal(bob.call.state, "confirmed");
  alice.owner.log.length = 0;
  bob.owner.log.length = 0;
  rig.recorder.clear();
  return { rig, alice, bob, call };
}

async function hangUp({ rig, call }: Scene): Promise<void> {
  void call.end();
  await rig.assertNothingLeft();
}

test("a re-INVITE with an offer changes the session (RFC 3261 §14.1, §14.2)", async () => {
  const scene = await connected();
  const { rig, call } = scene;
  const changed = call.reinvite({ body: rigBody("on hold") });
  await rig.run(100);
  assert.equal((await changed).body?.body, "bob answer 2");
  assert.deepEqual(scene.bob.owner.log, ["change INVITE: to on hold makes bob answer 2"]);
  rig.recorder.expectExactly(["alice → bob INVITE", "bob → alice 200 INVITE", "alice → bob ACK"]);
  assert.equal(rig.recorder.request("alice → bob INVITE").cseq?.sequence, 2);
  await hangUp(scene);
});

test("a re-INVITE without an offer asks the other side for one (RFC 3261 §14.2)", async () => {
  const scene = await connected();
  const { rig, bob } = scene;
  const changed = bob.call.reinvite({ withoutOffer: true });
  await rig.run(100);
  assert.equal((await changed).body?.body, "alice offer 2");
  assert.deepEqual(scene.alice.owner.log, ["change INVITE: makes alice offer 2", "change ACK: takes bob answer 2"]);
  await hangUp(scene);
});

test("a refused re-INVITE leaves the session as it was, on both sides (RFC 3261 §14.1)", async () => {
  const scene = await connected();
  const { rig, alice, bob, call } = scene;
  bob.owner.refusal = { status: 488 };
  const changed = call.reinvite();
  await rig.run(100);
  await assert.rejects(changed, { code: "SIP_UA_REFUSED", status: 488 });
  assert.equal(alice.owner.log.at(-1), "change INVITE: rolled back");
  assert.deepEqual([call.state, bob.call.state], ["confirmed", "confirmed"]);
  bob.owner.refusal = undefined;
  const again = call.update();
  await rig.run(100);
  assert.equal((await again).body?.body, "bob answer 2");
  await hangUp(scene);
});

for (const method of ["reinvite", "update"] as const) {
  test(`${method} of both sides at once: 491 to each, then one after the other (RFC 3261 §14.1, §14.2, §21.4.27, RFC 3311 §5.2, §5.3)`, async () => {
    const scene = await connected({ delayMs: 50 });
    const { rig, call, bob } = scene;
    const mine = call[method]();
    const theirs = bob.call[method]();
    await rig.run(200);
    assert.equal(rig.recorder.count(`491 ${method === "update" ? "UPDATE" : "INVITE"}`), 2);
    // §14.1: the callee, who does not own the Call-ID, waits at most 2 s; the owner at least 2.1 s.
    const refused = rig.recorder.messages.at(-1)!.at;
    await rig.run(2_300);
    await theirs;
    const retry = rig.recorder.all(`bob → alice ${method === "update" ? "UPDATE" : "INVITE"}`).at(-1)!;
    assert.ok(retry.at - refused <= 2_200, `${retry.at - refused}`);
    await rig.run(5_000);
    await mine;
    const own = rig.recorder.all(`alice → bob ${method === "update" ? "UPDATE" : "INVITE"}`).at(-1)!;
    assert.ok(own.at - refused >= 2_000, `${own.at - refused}`);
    await hangUp(scene);
  });
}

test("re-INVITEs without an offer meet, too: 491 to each (RFC 3261 §14.2)", async () => {
  const scene = await connected({ delayMs: 50 });
  const { rig, call, bob } = scene;
  const changes = [call.reinvite({ withoutOffer: true }), bob.call.reinvite({ withoutOffer: true })];
  await rig.run(200);
  assert.equal(rig.recorder.count("491 INVITE"), 2);
  await rig.run(10_000);
  await Promise.all(changes);
  await hangUp(scene);
});

test("a second change waits for the first, and one of ours for one of theirs (RFC 3261 §14.1)", async () => {
  const scene = await connected();
  const { rig, call, bob } = scene;
  const changes = [call.reinvite(), call.reinvite(), call.update()];
  await rig.run(50);
  changes.push(bob.call.reinvite());
  await rig.run(300);
  await Promise.all(changes);
  assert.equal(rig.recorder.count("491 INVITE") + rig.recorder.count("500 INVITE"), 0);
  await hangUp(scene);
});

test("an INVITE while theirs has no final response is 500 with Retry-After (RFC 3261 §14.2)", async () => {
  const scene = await connected();
  const { rig, call, bob } = scene;
  let answer!: (body: ReturnType<typeof rigBody>) => void;
  bob.owner.answer = () => new Promise((resolve) => (answer = resolve));
  const first = call.reinvite();
  await rig.run(50);
  const second = call.request("INVITE", { body: rigBody("too early") });
  await rig.run(50);
  await assert.rejects(second, { status: 500 });
  const seconds = Number(rig.recorder.response("500 INVITE").header("Retry-After"));
  assert.ok(seconds >= 0 && seconds <= 10);
  answer(rigBody("at last"));
  await rig.run(100);
  assert.equal((await first).body?.body, "at last");
  await hangUp(scene);
});

test("an offer in UPDATE is 500 while an offer of its sender's waits for its answer (RFC 3311 §5.2)", async () => {
  const scene = await connected();
  const { rig, call, bob } = scene;
  let answer!: (body: ReturnType<typeof rigBody>) => void;
  bob.owner.answer = () => new Promise((resolve) => (answer = resolve));
  const first = call.reinvite();
  await rig.run(50);
  const second = call.request("UPDATE", { body: rigBody("too early") });
  await rig.run(50);
  await assert.rejects(second, { status: 500 });
  answer(rigBody("at last"));
  await rig.run(100);
  await first;
  await hangUp(scene);
});

test("an aborted re-INVITE is cancelled and undone (RFC 3261 §14.1)", async () => {
  const scene = await connected();
  const { rig, alice, bob, call } = scene;
  bob.owner.answer = () => new Promise(() => {});
  const abort = new AbortController();
  const changed = call.reinvite({ signal: abort.signal });
  await rig.run(300);
  abort.abort();
  await rig.run(300);
  await assert.rejects(changed, { code: "SIP_UA_ABORTED" });
  rig.recorder.expectInOrder(["100 INVITE", "CANCEL", "200 CANCEL", "487 INVITE", "ACK"]);
  assert.equal(alice.owner.log.at(-1), "change INVITE: rolled back");
  assert.equal(call.state, "confirmed");
  await hangUp(scene);
});

test("481 to a change ends the session by BYE (RFC 3261 §14.1, §12.2.1.2, RFC 5057 §5.1)", async () => {
  const scene = await connected();
  const { rig, call, bob } = scene;
  for (const dialog of bob.core.dialogs.all()) dialog.lose(481);
  await rig.run(10);
  const changed = call.reinvite();
  await rig.run(100);
  await assert.rejects(changed);
  assert.equal((await call.ended).cause, "dialog-lost");
  rig.recorder.expectInOrder(["481 INVITE", "alice → bob BYE"]);
  await rig.assertNothingLeft();
});

test("a re-INVITE that nobody answers ends the session (RFC 3261 §14.1)", async () => {
  const scene = await connected();
  const { rig, call, bob } = scene;
  rig.network.cut(bob.address);
  const changed = call.reinvite();
  await rig.run(33_000);
  await assert.rejects(changed);
  await rig.run(33_000);
  assert.equal((await call.ended).cause, "timeout");
  rig.network.mend(bob.address);
  void bob.call.end();
  await rig.assertNothingLeft();
});

test("BYE while a re-INVITE waits: 487 to it, and the change comes to nothing (RFC 3261 §15.1.2)", async () => {
  const scene = await connected();
  const { rig, call, bob } = scene;
  bob.owner.answer = () => new Promise(() => {});
  const changed = call.reinvite();
  await rig.run(50);
  void call.end();
  await rig.run(100);
  await assert.rejects(changed, { code: "SIP_UA_SESSION_OVER" });
  rig.recorder.expectInOrder(["alice → bob INVITE", "alice → bob BYE", "200 BYE", "487 INVITE", "ACK"]);
  await rig.assertNothingLeft();
});

test("a lower CSeq is 500, whatever the method (RFC 3261 §12.2.2)", async () => {
  const scene = await connected();
  const { rig, alice, call, bob } = scene;
  const flow = alice.transport.udpFlow({ address: bob.address, port: 5060 });
  const leg = call.leg!;
  flow.send(
    `OPTIONS ${bob.uri} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKold\r\nMax-Forwards: 70\r\n` +
      `From: <sip:alice@test>;tag=${leg.localTag}\r\nTo: <sip:bob@test>;tag=${leg.remoteTag}\r\nCall-ID: ${leg.callId}\r\n` +
      "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
  );
  await rig.run(50);
  assert.equal(rig.recorder.count("500 OPTIONS"), 1);
  const asked = call.request("OPTIONS");
  await rig.run(50);
  assert.equal((await asked).response.status, 200);
  await hangUp(scene);
});

test("the target is refreshed by the Contact of re-INVITE and UPDATE and of their 2xx (RFC 3261 §12.2.1.2, §12.2.2, RFC 3311 §5.1)", async () => {
  const scene = await connected();
  const { rig, call, bob } = scene;
  bob.core.identity.publicGruu = {
    scheme: "sip",
    user: "gruu",
    password: undefined,
    host: "10.0.0.3",
    port: 5060,
    params: [],
    headers: [],
  };
  const changed = call.reinvite();
  await rig.run(100);
  await changed;
  void call.end();
  await rig.run(50);
  assert.equal(rig.recorder.request("alice → bob BYE").requestUri, "sip:gruu@10.0.0.3:5060");
  await rig.assertNothingLeft();
});
