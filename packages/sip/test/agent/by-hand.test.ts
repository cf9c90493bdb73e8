/** Peers that do what peers of ours never do: late, early, twice, at the wrong time. RFC 3261 §13, §14, RFC 3311 §5.2, RFC 6228. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InviteOptions, OutgoingSession } from "@trapezoid/sip/agent";
import { Hand } from "./hand.ts";
import { type Agent, Rig } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly dave: Hand;
  /** Of alice to dave. */
  readonly call: OutgoingSession;
}

async function calling(invite: Partial<InviteOptions> = {}): Promise<Scene> {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  const call = alice.core.invite(dave.uri, { handlers: alice.owner, ...invite });
  await rig.run();
  return { rig, alice, dave, call };
}

async function connected(): Promise<Scene> {
  const scene = await calling();
  await scene.dave.answer(scene.dave.request("INVITE"), 200, { body: "answer" });
  assert.equal(scene.call.state, "confirmed");
  return scene;
}

/** A call of dave's to alice, who has taken it. */
async function called(body = "offer"): Promise<Omit<Scene, "call">> {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  await dave.ask("INVITE", { body, headers: [["Supported", "100rel"]] });
  assert.equal(alice.calls.length, 1);
  return { rig, alice, dave };
}

async function hangUp({ rig, alice, dave }: Omit<Scene, "call">): Promise<void> {
  for (const session of [...alice.core.sessions]) void session.end();
  await rig.run();
  if (dave.requests("BYE").length > 0) await dave.answer(dave.request("BYE"), 200);
  await rig.assertNothingLeft();
}

test("a 200 that comes again after the BYE is acknowledged again, and hung up no more (RFC 3261 §13.2.2.4)", async () => {
  const { rig, dave, call } = await connected();
  const invite = dave.request("INVITE");
  void call.end();
  await rig.run();
  await dave.answer(dave.request("BYE"), 200);
  await call.ended;
  for (let times = 0; times < 3; times++) await dave.answer(invite, 200, { body: "answer" });
  assert.equal(dave.requests("ACK").length, 4);
  assert.equal(new Set(dave.requests("ACK").map(({ text }) => text)).size, 1);
  assert.equal(dave.requests("BYE").length, 1);
  await rig.assertNothingLeft();
});

test("a 200 of another dialog after the end is acknowledged and hung up, once (RFC 3261 §13.2.2.4)", async () => {
  const { rig, dave, call } = await connected();
  const invite = dave.request("INVITE");
  void call.end();
  await rig.run();
  await dave.answer(dave.request("BYE"), 200);
  for (let times = 0; times < 2; times++) await dave.answer(invite, 200, { tag: "other", body: "answer" });
  assert.equal(dave.requests("ACK").filter(({ toTag }) => toTag === "other").length, 2);
  const byes = dave.requests("BYE").filter(({ toTag }) => toTag === "other");
  assert.equal(byes.length, 1);
  assert.equal(byes[0]!.cseq!.sequence, 2);
  await dave.answer(byes[0]!, 200);
  await rig.assertNothingLeft();
});

test("an INVITE in an early dialog of ours is 491: ours is in progress (RFC 3261 §14.2)", async () => {
  const scene = await calling();
  const { alice, dave, call } = scene;
  const invite = dave.request("INVITE");
  await dave.answer(invite, 180);
  await dave.ask("INVITE", { within: call.leg!, body: "offer" });
  assert.equal(dave.response("INVITE").status, 491);
  assert.equal(alice.core.counters.glares, 1);
  await dave.answer(invite, 200, { body: "answer" });
  await hangUp(scene);
});

test("a second INVITE before the final response to the first is 500 with Retry-After from 0 to 10 (RFC 3261 §14.2)", async () => {
  const scene = await called();
  const { rig, alice, dave } = scene;
  void alice.call.ring();
  await rig.run();
  await dave.ask("INVITE", { within: alice.call.leg!, cseq: 2, body: "offer" });
  const refusal = dave.responses("INVITE").find(({ cseq }) => cseq?.sequence === 2)!;
  assert.equal(refusal.status, 500);
  assert.match(refusal.header("Retry-After") ?? "", /^(?:[0-9]|10)$/);
  alice.call.reject(480);
  await rig.assertNothingLeft();
});

test("a re-INVITE that overtakes the ACK is taken where offer and answer are done, and 500 where the ACK brings the answer (RFC 3261 §14.2, RFC 6337 §4.3)", async () => {
  for (const body of ["offer", ""]) {
    const scene = await called(body);
    const { rig, alice, dave } = scene;
    void alice.call.accept();
    await rig.run();
    assert.equal(alice.call.state, "answered");
    await dave.ask("INVITE", { within: alice.call.leg!, cseq: 2, body: "second" });
    const response = dave.responses("INVITE").find(({ cseq }) => cseq?.sequence === 2)!;
    assert.equal(response.status, body === "" ? 500 : 200);
    await dave.ask("ACK", { within: alice.call.leg!, cseq: 1, ...(body === "" ? { body: "answer" } : {}) });
    if (body !== "") await dave.ask("ACK", { within: alice.call.leg!, cseq: 2 });
    assert.equal(alice.call.state, "confirmed");
    if (body !== "") assert.equal(alice.owner.log.at(-1), "change INVITE: to second makes alice answer 2");
    await hangUp(scene);
  }
});

test("an offer in UPDATE before the INVITE's offer is answered is 500 with Retry-After (RFC 3311 §5.2)", async () => {
  const scene = await called();
  const { rig, alice, dave } = scene;
  void alice.call.ring();
  await rig.run();
  const leg = alice.call.leg!;
  await dave.ask("UPDATE", { within: leg, cseq: 2, body: "too early" });
  assert.equal(dave.response("UPDATE").status, 500);
  assert.match(dave.response("UPDATE").header("Retry-After") ?? "", /^(?:[0-9]|10)$/);
  // Our answer in an unreliable response is none yet.
  void alice.call.progress({ reliable: false });
  await rig.run();
  await dave.ask("UPDATE", { within: leg, cseq: 3, body: "too early" });
  assert.equal(dave.response("UPDATE").status, 500);
  // Nothing but the target may change at any time.
  await dave.ask("UPDATE", { within: leg, cseq: 4 });
  assert.equal(dave.response("UPDATE").status, 200);
  void alice.call.accept();
  await rig.run();
  await dave.ask("ACK", { within: leg, cseq: 1 });
  await dave.ask("UPDATE", { within: leg, cseq: 5, body: "now" });
  assert.equal(dave.response("UPDATE").status, 200);
  assert.equal(dave.response("UPDATE").body, "alice answer 2");
  await hangUp(scene);
});

test("a second UPDATE before the first is answered is 500, also without an offer; BYE makes the first 487 (RFC 3311 §5.2, RFC 3261 §15.1.2)", async () => {
  const { rig, alice, dave, call } = await connected();
  alice.owner.answer = () => new Promise(() => {});
  await dave.ask("UPDATE", { within: call.leg!, cseq: 1, body: "think about it" });
  assert.equal(dave.responses("UPDATE").length, 0);
  await dave.ask("UPDATE", { within: call.leg!, cseq: 2 });
  assert.equal(dave.response("UPDATE").status, 500);
  assert.ok(dave.response("UPDATE").header("Retry-After"));
  await dave.ask("BYE", { within: call.leg!, cseq: 3 });
  assert.deepEqual(
    dave.responses("UPDATE").map(({ status, cseq }) => [cseq?.sequence, status]),
    [
      [2, 500],
      [1, 487],
    ],
  );
  assert.equal(dave.response("BYE").status, 200);
  await rig.assertNothingLeft();
});

test("an early dialog that 199 has ended does not come back with a late 180; a 199 of nobody is passed over (RFC 6228 §4)", async () => {
  const scene = await calling();
  const { dave, call } = scene;
  const invite = dave.request("INVITE");
  assert.match(invite.header("Supported") ?? "", /\b199\b/);
  await dave.answer(invite, 199, { tag: "nobody" });
  assert.equal(call.legs.length, 0);
  await dave.answer(invite, 180, { tag: "one" });
  await dave.answer(invite, 199, { tag: "one" });
  await dave.answer(invite, 180, { tag: "one" });
  assert.equal(call.legs.length, 0);
  await dave.answer(invite, 180, { tag: "two" });
  assert.deepEqual(
    call.legs.map(({ remoteTag }) => remoteTag),
    ["two"],
  );
  await dave.answer(invite, 200, { tag: "one", body: "answer" });
  assert.equal(call.leg?.remoteTag, "one");
  await hangUp(scene);
});

test("a reliable 199 is acknowledged (RFC 6228 §4, RFC 3262 §4)", async () => {
  const { rig, dave, call } = await calling();
  const invite = dave.request("INVITE");
  await dave.answer(invite, 180);
  await dave.answer(invite, 199, {
    headers: [
      ["Require", "100rel"],
      ["RSeq", "7"],
    ],
  });
  assert.equal(dave.request("PRACK").header("RAck"), "7 1 INVITE");
  await dave.answer(dave.request("PRACK"), 200);
  assert.equal(call.legs.length, 0);
  await dave.answer(invite, 486);
  await call.ended;
  await rig.assertNothingLeft();
});

test("a request within a dialog that is answered 3xx goes where that leads, by the route set (RFC 3261 §12.2.1.2)", async () => {
  const scene = await connected();
  const { rig, dave, call } = scene;
  for (const method of ["OPTIONS", "INVITE"]) {
    const asked = method === "INVITE" ? call.reinvite() : call.request(method);
    await rig.run();
    const first = dave.request(method);
    await dave.answer(first, 302, { headers: [["Contact", "<sip:elsewhere@10.0.0.5>"]] });
    const second = dave.request(method);
    assert.equal(second.requestUri, "sip:elsewhere@10.0.0.5");
    assert.equal(second.toTag, first.toTag);
    assert.equal(second.cseq!.sequence, first.cseq!.sequence + 1);
    await dave.answer(second, 200, { body: "answer" });
    assert.equal((await asked).response.status, 200);
  }
  await hangUp(scene);
});

test("of a session body the type alone does not say enough: without a disposition it is a session where it is SDP (RFC 3261 §13.2.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", { accept: ["application/sdp", "text/html"] });
  const dave = new Hand(rig, alice);
  await dave.send(
    "INVITE sip:alice@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bKa\r\nMax-Forwards: 70\r\nFrom: <sip:d@test>;tag=1\r\n" +
      "To: <sip:alice@test>\r\nCall-ID: h\r\nCSeq: 1 INVITE\r\nContact: <sip:dave@10.0.0.5>\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>",
  );
  assert.equal(alice.call.offer, undefined);
  alice.call.reject(480);
  await rig.assertNothingLeft();
});
