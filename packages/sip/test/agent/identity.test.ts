/** Who calls and who is called, where that is hidden, asserted, and changes. RFC 3323, 3325, 4916. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InviteOptions, OutgoingSession, UserAgentOptions } from "@trapezoid/sip/agent";
import { formatNameAddr, type NameAddr, nameAddr, parseNameAddr } from "@trapezoid/sip/message";
import { Hand } from "./hand.ts";
import { type Agent, Rig } from "./rig.ts";

function address(text: string): NameAddr {
  const parsed = parseNameAddr(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly bob: Agent;
  readonly call: OutgoingSession;
  /** Identities that alice and bob were told of. */
  readonly heard: { readonly alice: string[]; readonly bob: string[] };
}

async function connected(
  both: Partial<UserAgentOptions>,
  invite: Partial<InviteOptions> = {},
  prepare: (bob: Agent) => void = () => {},
): Promise<Scene> {
  const rig = new Rig();
  const [alice, bob] = [rig.agent("alice", both), rig.agent("bob", both)];
  prepare(bob);
  const heard = { alice: [] as string[], bob: [] as string[] };
  const call = alice.core.invite(bob.uri, { handlers: alice.owner, ...invite });
  call.events.on("remoteIdentity", (who) => heard.alice.push(formatNameAddr(who)));
  await rig.run();
  bob.call.events.on("remoteIdentity", (who) => heard.bob.push(formatNameAddr(who)));
  void bob.call.ring();
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  return { rig, alice, bob, call, heard };
}

test("who answers is asserted to trusted callers in 180 and 200, and told once (RFC 3325 §5, §9.1)", async () => {
  for (const trusted of [true, false]) {
    const scene = await connected({ isTrusted: () => trusted }, {}, (bob) => {
      Object.assign(bob.owner, { privacy: { assertedIdentity: address("Bob <sip:bob@house>") } });
    });
    const { rig, call, heard } = scene;
    const asserted = trusted ? '"Bob" <sip:bob@house>' : undefined;
    for (const status of [180, 200]) {
      assert.equal(rig.recorder.response(`${status} INVITE`).header("P-Asserted-Identity"), asserted);
    }
    assert.deepEqual(heard.alice, trusted ? ['"Bob" <sip:bob@house>'] : []);
    assert.equal(call.assertedIdentity === undefined, !trusted);
    void call.end();
    await rig.assertNothingLeft();
  }
});

test("another P-Asserted-Identity in a re-INVITE, an UPDATE or its answer is told; the same one and a refused one are not (RFC 3325 §5)", async () => {
  const identity = { assertedIdentity: address("<sip:one@house>") };
  const { rig, bob, call, heard } = await connected({ isTrusted: () => true }, { privacy: identity });
  assert.equal(formatNameAddr(bob.call.assertedIdentity!), "<sip:one@house>");
  const change = async (method: "reinvite" | "update", who: string): Promise<void> => {
    identity.assertedIdentity = address(who);
    const changed = call[method]();
    await rig.run(50);
    await changed.catch(() => {});
  };
  await change("reinvite", "<sip:one@house>");
  await change("reinvite", "<sip:two@house>");
  await change("update", "<sip:three@house>");
  assert.deepEqual(heard.bob, ["<sip:two@house>", "<sip:three@house>"]);
  bob.owner.refusal = { status: 488 };
  await change("reinvite", "<sip:four@house>");
  assert.equal(heard.bob.length, 2);
  bob.owner.refusal = undefined;
  Object.assign(bob.owner, { privacy: { assertedIdentity: address("<sip:new@house>") } });
  await change("update", "<sip:four@house>");
  assert.deepEqual(heard.alice, ["<sip:new@house>"]);
  assert.equal(formatNameAddr(bob.call.assertedIdentity!), "<sip:four@house>");
  void call.end();
  await rig.assertNothingLeft();
});

test("an anonymous caller stays so within the dialog: Contact, From and Privacy (RFC 3323 §4.1.1.2, §4.1.1.3, §4.2)", async () => {
  const { rig, bob, call } = await connected({}, { privacy: { anonymous: true } });
  assert.equal(bob.call.isAnonymous, true);
  for (const method of ["reinvite", "update"] as const) {
    const changed = call[method]();
    await rig.run(50);
    await changed;
  }
  const back = bob.call.update();
  await rig.run(50);
  await back;
  for (const method of ["INVITE", "UPDATE"]) {
    const request = rig.recorder.request(`alice → bob ${method}`);
    assert.equal(request.header("Contact"), "<sip:anonymous@10.0.0.2:5060>");
    assert.equal(request.header("Privacy"), "id");
  }
  assert.equal(rig.recorder.response("alice → bob 200 UPDATE").header("Contact"), "<sip:anonymous@10.0.0.2:5060>");
  const ofAlice = rig.recorder.messages.filter(({ from }) => from === "alice").map(({ packet }) => packet.text);
  assert.ok(ofAlice.every((text) => !text.includes("alice@")));
  void call.end();
  await rig.assertNothingLeft();
});

test("a callee may stay unknown, too (RFC 3323 §4.1.1.2)", async () => {
  const { rig, call } = await connected({}, {}, (bob) => {
    Object.assign(bob.owner, { privacy: { anonymous: true } });
  });
  const ok = rig.recorder.response("200 INVITE");
  assert.deepEqual([ok.header("Contact"), ok.header("Privacy")], ["<sip:anonymous@10.0.0.3:5060>", "id"]);
  void call.end();
  await rig.assertNothingLeft();
});

test("from-change: the callee tells by UPDATE who has answered, and To follows (RFC 4916 §4.1, §4.2, §4.4.1, §4.4.2)", async () => {
  const { rig, bob, call, heard } = await connected({ connectedIdentity: true }, { to: "<sip:sales@test>" });
  await rig.run(100);
  for (const one of ["alice → bob INVITE", "180 INVITE", "200 INVITE"]) {
    assert.match(rig.recorder.last(one).message?.header("Supported") ?? "", /\bfrom-change\b/, one);
  }
  const update = rig.recorder.request("bob → alice UPDATE");
  assert.match(update.header("From") ?? "", /^<sip:bob@test>;tag=/);
  assert.equal(update.body, "");
  assert.equal(update.fromTag, bob.call.leg!.localTag);
  assert.deepEqual(heard.alice, ["<sip:bob@test>"]);
  assert.equal(formatNameAddr(call.remoteAddress), "<sip:bob@test>");
  void call.end();
  await rig.run();
  assert.match(rig.recorder.request("alice → bob BYE").header("To") ?? "", /^<sip:bob@test>;tag=/);
  await rig.assertNothingLeft();
});

test("a proxy passes another From on as it is (RFC 4916 §4.7)", async () => {
  const rig = new Rig();
  rig.proxy(() => ["sip:bob@10.0.0.3"]);
  const [alice, bob] = ["alice", "bob"].map((name) => rig.agent(name, { connectedIdentity: true }));
  const call = alice!.core.invite("sip:sales@10.0.0.1", { handlers: alice!.owner });
  await rig.run();
  void bob!.call.accept();
  await rig.run(200);
  assert.equal(rig.recorder.count("bob → proxy UPDATE"), 1);
  assert.equal(formatNameAddr(call.remoteAddress), "<sip:bob@test>");
  void call.end();
  await rig.run();
  assert.equal((await bob!.call.ended).cause, "bye");
  await rig.assertNothingLeft();
});

test("another From in mid-call, as after a transfer; it stays for later requests (RFC 4916 §4.3, §4.4.1)", async () => {
  const { rig, alice, bob, call, heard } = await connected({ connectedIdentity: true });
  await rig.run(100);
  rig.recorder.clear();
  const changed = call.update({ withoutOffer: true, localAddress: address("Carol <sip:carol@test>") });
  await rig.run(50);
  await changed;
  assert.deepEqual(heard.bob, ['"Carol" <sip:carol@test>']);
  assert.equal(formatNameAddr(call.localAddress), '"Carol" <sip:carol@test>');
  assert.equal(formatNameAddr(bob.call.remoteAddress), '"Carol" <sip:carol@test>');
  assert.equal(alice.core.dialogs.size, 1);
  void bob.call.end();
  await rig.run();
  assert.match(rig.recorder.request("bob → alice BYE").header("To") ?? "", /^"Carol" <sip:carol@test>;tag=/);
  await rig.assertNothingLeft();
});

test("without from-change From stays what it was: none is changed by us, another one of theirs is told and To kept (RFC 4916 §4.3, RFC 3261 §12.2.1.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  const heard: string[] = [];
  call.events.on("remoteIdentity", (who) => heard.push(formatNameAddr(who)));
  await rig.run();
  await dave.answer(dave.request("INVITE"), 200, { body: "answer" });
  await assert.rejects(call.modify({ localAddress: nameAddr(alice.core.identity.address.uri) }), {
    code: "SIP_UA_NOT_SUPPORTED",
  });
  alice.owner.refusal = { status: 488 };
  await dave.ask("UPDATE", { within: call.leg!, cseq: 1, from: "sip:refused@test", body: "offer" });
  assert.deepEqual(heard, []);
  await dave.ask("OPTIONS", { within: call.leg!, cseq: 2, from: "sip:other@test" });
  assert.deepEqual(heard, ["<sip:other@test>"]);
  void call.end();
  await rig.run();
  assert.match(dave.request("BYE").header("To") ?? "", /^<sip:dave@10\.0\.0\.5>;tag=/);
  await dave.answer(dave.request("BYE"), 200);
  await rig.assertNothingLeft();
});
