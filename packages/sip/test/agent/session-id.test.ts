/** The session's identifier: which half goes where. RFC 7989. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Hand } from "./hand.ts";
import { Rig } from "./rig.ts";

const nil = "0".repeat(32);
const [one, two] = ["1".repeat(32), "2".repeat(32)];

test("each side's half, and the other's once it is known (RFC 7989 §4.1, §4.2, §5, §6)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  const { local, remote } = call.sessionId;
  assert.match(local, /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  assert.deepEqual(bob.call.sessionId, { local: remote, remote: local });
  const ids = ["alice → bob INVITE", "alice → bob ACK"].map((name) => rig.recorder.request(name).header("Session-ID"));
  assert.deepEqual(ids, [`${local};remote=${nil}`, `${local};remote=${remote}`]);
  assert.equal(rig.recorder.response("200 INVITE").header("Session-ID"), `${remote};remote=${local}`);
  void call.end();
  await rig.run();
  assert.equal(rig.recorder.request("alice → bob BYE").header("Session-ID"), `${local};remote=${remote}`);
  assert.equal(rig.recorder.response("200 BYE").header("Session-ID"), `${remote};remote=${local}`);
  assert.deepEqual(call.sessionId, { local, remote });
  await rig.assertNothingLeft();
});

test("each peer of a fork hears its own half; CANCEL has what the INVITE had; nobody takes over what is none (RFC 7989 §6)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  const invite = dave.request("INVITE");
  const reliable = (id: string, rseq: string) => [
    ["Session-ID", `${id};remote=${call.sessionId.local}`] as const,
    ["Require", "100rel"] as const,
    ["RSeq", rseq] as const,
  ];
  for (const id of [one!, two!]) {
    await dave.answer(invite, 183, { tag: id, headers: reliable(id, "1") });
    assert.equal(dave.request("PRACK").header("Session-ID"), `${call.sessionId.local};remote=${id}`);
    await dave.answer(dave.request("PRACK"), 200, { tag: id, headers: [["Session-ID", "nonsense"]] });
  }
  await dave.answer(invite, 183, { tag: one!, headers: reliable(nil, "2") });
  assert.equal(dave.request("PRACK").header("Session-ID"), `${call.sessionId.local};remote=${one}`);
  await dave.answer(dave.request("PRACK"), 200, { tag: one! });
  void call.end();
  await rig.run();
  assert.equal(dave.request("CANCEL").header("Session-ID"), invite.header("Session-ID"));
  await dave.answer(dave.request("CANCEL"), 200);
  await dave.answer(invite, 487);
  await call.ended;
  await rig.assertNothingLeft();
});

test("after a redirection the next one has not been heard of (RFC 7989 §6)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  await dave.answer(dave.request("INVITE"), 180, { headers: [["Session-ID", `${one};remote=${nil}`]] });
  assert.equal(call.sessionId.remote, one);
  await dave.answer(dave.request("INVITE"), 302, { headers: [["Contact", "<sip:other@10.0.0.5>"]] });
  assert.equal(dave.request("INVITE").requestUri, "sip:other@10.0.0.5");
  // Its early dialogs are over (RFC 3261 §13.2.2.3).
  assert.deepEqual([call.legs.length, alice.core.dialogs.size], [0, 0]);
  assert.equal(dave.request("INVITE").header("Session-ID"), `${call.sessionId.local};remote=${nil}`);
  await dave.answer(dave.request("INVITE"), 486);
  await call.ended;
  await rig.assertNothingLeft();
});

test("who is replaced keeps its half, and so does who is transferred (RFC 7989 §6)", async () => {
  const rig = new Rig();
  const [alice, bob, carol] = [rig.agent("alice"), rig.agent("bob"), rig.agent("carol")];
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(50);
  const old = bob.call;
  const leg = old.leg!;
  const replaces = `${leg.callId};to-tag=${leg.localTag};from-tag=${leg.remoteTag}`;
  const later = carol.core.invite(bob.uri, { handlers: carol.owner, replaces });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  assert.notEqual(bob.call, old);
  assert.equal(bob.call.sessionId.local, old.sessionId.local);
  const next = alice.core.invite(carol.uri, { handlers: alice.owner, continues: call });
  await rig.run();
  assert.deepEqual(next.sessionId.local, call.sessionId.local);
  carol.call.reject(480);
  void later.end();
  await rig.assertNothingLeft();
});

test("outside of sessions whoever is asked with one answers with one (RFC 7989 §6)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob", { handlers: { onMessage: () => {} } });
  const asked = alice.core.message(bob.uri, { contentType: "text/plain", body: "x" });
  await rig.run();
  const { response } = await asked;
  const sent = rig.recorder.request("alice → bob MESSAGE").header("Session-ID")!.split(";")[0];
  assert.match(response.header("Session-ID") ?? "", new RegExp(`^[0-9a-f]{32};remote=${sent}$`));
  const dave = new Hand(rig, bob);
  await dave.ask("OPTIONS");
  assert.equal(dave.response("OPTIONS").header("Session-ID"), undefined);
  await rig.assertNothingLeft();
});

test("a half that changes counts in the answer at once, and from then on where it is accepted, an ACK's too (RFC 7989 §8)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  await dave.answer(dave.request("INVITE"), 200, { body: "answer", headers: [["Session-ID", `${one};remote=${nil}`]] });
  const { local } = call.sessionId;
  const ask = (method: string, cseq: number, id: string, body?: string) =>
    dave.ask(method, {
      within: call.leg!,
      cseq,
      headers: [["Session-ID", `${id};remote=${local}`]],
      ...(body === undefined ? {} : { body }),
    });
  alice.owner.refusal = { status: 488 };
  await ask("UPDATE", 1, two!, "offer");
  assert.equal(dave.response("UPDATE").status, 488);
  assert.equal(dave.response("UPDATE").header("Session-ID"), `${local};remote=${two}`);
  assert.equal(call.sessionId.remote, one);
  alice.owner.refusal = undefined;
  await ask("UPDATE", 2, two!, "offer");
  assert.equal(call.sessionId.remote, two);
  const three = "3".repeat(32);
  await ask("INVITE", 3, two!, "offer");
  await ask("ACK", 3, three);
  assert.equal(call.sessionId.remote, three);
  void call.end();
  await rig.run();
  assert.equal(dave.request("BYE").header("Session-ID"), `${local};remote=${three}`);
  await dave.answer(dave.request("BYE"), 200);
  assert.equal(call.sessionId.remote, three);
  await rig.assertNothingLeft();
});
