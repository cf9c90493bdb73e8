/** Changes that are refused, crossed or named otherwise, by hand. RFC 3261 §13 to §15, RFC 3311 §5, RFC 4028 §7, RFC 4916 §4. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutgoingSession, UserAgentOptions } from "@trapezoid/sip/agent";
import type { HeaderLine } from "@trapezoid/sip/message";
import { Hand } from "./hand.ts";
import { type Agent, Rig } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly dave: Hand;
}

const allow: HeaderLine = ["Allow", "INVITE, ACK, BYE, CANCEL, UPDATE"];

function scene(options: Partial<UserAgentOptions> = {}): Scene {
  const rig = new Rig();
  const alice = rig.agent("alice", options);
  return { rig, alice, dave: new Hand(rig, alice) };
}

async function calling(options: Partial<UserAgentOptions> = {}): Promise<Scene & { readonly call: OutgoingSession }> {
  const parts = scene(options);
  const call = parts.alice.core.invite(parts.dave.uri, { handlers: parts.alice.owner });
  await parts.rig.run();
  return { ...parts, call };
}

async function connected(options: Partial<UserAgentOptions> = {}): Promise<Scene & { readonly call: OutgoingSession }> {
  const parts = await calling(options);
  await parts.dave.answer(parts.dave.request("INVITE"), 200, { body: "answer", headers: [allow] });
  parts.alice.owner.log.length = 0;
  return parts;
}

async function hangUp({ rig, alice, dave }: Scene): Promise<void> {
  for (const session of [...alice.core.sessions]) void session.end();
  await rig.run();
  if (dave.requests("BYE").length > 0) await dave.answer(dave.request("BYE"), 200);
  await rig.run(40_000);
  await rig.assertNothingLeft();
}

test("a refused UPDATE without an offer undoes no offer that is open otherwise (RFC 3311 §5.1)", async () => {
  const parts = await connected();
  const { rig, alice, dave, call } = parts;
  await dave.ask("INVITE", { within: call.leg!, cseq: 1 });
  const bare = call.update({ withoutOffer: true });
  await rig.run();
  await dave.answer(dave.request("UPDATE"), 500);
  await assert.rejects(bare, { status: 500 });
  await dave.ask("ACK", { within: call.leg!, cseq: 1, body: "theirs" });
  assert.deepEqual(alice.owner.log, ["change INVITE: makes alice offer 2", "change ACK: takes theirs"]);
  assert.equal(call.state, "confirmed");
  await hangUp(parts);
});

test("an answer to UPDATE that is not taken ends the session (RFC 3261 §14.1, RFC 3311 §5.1)", async () => {
  const { rig, alice, dave, call } = await connected();
  alice.owner.rejectAnswer = true;
  const changed = call.update();
  await rig.run();
  await dave.answer(dave.request("UPDATE"), 200, { body: "bad" });
  await assert.rejects(changed, { code: "SIP_UA_NEGOTIATION" });
  await dave.answer(dave.request("BYE"), 200);
  assert.equal((await call.ended).cause, "negotiation");
  await rig.assertNothingLeft();
});

test("an UPDATE that is not taken where a user is to be asked is made a re-INVITE, if any change will do (RFC 3311 §5.2)", async () => {
  for (const status of [405, 501, 504]) {
    const parts = await connected();
    const { rig, dave, call } = parts;
    const changed = call.modify();
    await rig.run();
    await dave.answer(dave.request("UPDATE"), status);
    await dave.answer(dave.request("INVITE"), 200, { body: "taken" });
    assert.equal((await changed).body?.body, "taken");
    const exact = call.update();
    await rig.run();
    await dave.answer(dave.request("UPDATE"), status);
    await assert.rejects(exact, { status });
    assert.equal(dave.requests("INVITE").length, 2);
    await hangUp(parts);
  }
});

test("a glare that does not end is given up after as many attempts as there may be (RFC 3261 §14.1)", async () => {
  const parts = await connected({ limits: { glareAttempts: 3 } });
  const { rig, dave, call } = parts;
  const changed = call.update().then(
    () => 0,
    (error: { status: number }) => error.status,
  );
  await rig.run();
  const sent = new Set<number>();
  for (let tenths = 0; tenths < 200; tenths++) {
    const update = dave.request("UPDATE");
    if (!sent.has(update.cseq!.sequence)) await dave.answer(update, 491);
    sent.add(update.cseq!.sequence);
    await rig.run(100);
  }
  assert.equal(await changed, 491);
  assert.equal(sent.size, 3);
  await hangUp(parts);
});

test("422 without more than was said already is not tried again (RFC 4028 §7.3)", async () => {
  const parts = await connected();
  const { rig, dave, call } = parts;
  const changed = call.update();
  await rig.run();
  await dave.answer(dave.request("UPDATE"), 422, { headers: [["Min-SE", "90"]] });
  await assert.rejects(changed, { status: 422 });
  assert.equal(dave.requests("UPDATE").length, 1);
  const again = call.update();
  await rig.run();
  await dave.answer(dave.request("UPDATE"), 422, { headers: [["Min-SE", "300"]] });
  assert.equal(dave.requests("UPDATE").length, 3);
  assert.equal(dave.request("UPDATE").header("Min-SE"), "300");
  await dave.answer(dave.request("UPDATE"), 200, { body: "taken" });
  await again;
  await hangUp(parts);
});

test("while a call rings it is changed by UPDATE, also where nothing is known of Allow (RFC 3311 §4)", async () => {
  const parts = await calling();
  const { rig, dave, call } = parts;
  const invite = dave.request("INVITE");
  const reliable: HeaderLine[] = [
    ["Require", "100rel"],
    ["RSeq", "1"],
  ];
  await dave.answer(invite, 183, { body: "early", headers: reliable });
  await dave.answer(dave.request("PRACK"), 200);
  const changed = call.modify();
  await rig.run();
  await dave.answer(dave.request("UPDATE"), 200, { body: "changed" });
  assert.equal((await changed).body?.body, "changed");
  await dave.answer(invite, 200);
  assert.equal(call.state, "confirmed");
  await hangUp(parts);
});

test("a reliable answer that is not taken: who waits for the call hears why (RFC 3262 §5, RFC 3261 §13.2.1)", async () => {
  const { rig, alice, dave, call } = await calling();
  alice.owner.rejectAnswer = true;
  const reliable: HeaderLine[] = [
    ["Require", "100rel"],
    ["RSeq", "1"],
  ];
  await dave.answer(dave.request("INVITE"), 183, { body: "bad", headers: reliable });
  await assert.rejects(call.confirmed, { code: "SIP_UA_NEGOTIATION" });
  await dave.answer(dave.request("PRACK"), 200);
  await dave.answer(dave.request("CANCEL"), 200);
  await dave.answer(dave.request("INVITE"), 487);
  assert.equal((await call.ended).cause, "negotiation");
  await rig.assertNothingLeft();
});

test("nothing is sent reliably to who does not know 100rel (RFC 3262 §3)", async () => {
  const parts = scene();
  const { rig, alice, dave } = parts;
  await dave.ask("INVITE", { body: "offer" });
  await assert.rejects(alice.call.progress({ reliable: true }), { code: "SIP_UA_NOT_SUPPORTED" });
  void alice.call.progress();
  await rig.run();
  assert.equal(dave.response("INVITE").header("RSeq"), undefined);
  alice.call.reject(480);
  await hangUp(parts);
});

test("Recv-Info goes into an answer to who has sent one, and to nobody else (RFC 6086 §5.2.3)", async () => {
  for (const headers of [[], [["Recv-Info", ""]]] as const) {
    const parts = scene();
    const { rig, alice, dave } = parts;
    Object.assign(alice.owner, { receiveInfo: ["dtmf"], onInfo: () => {} });
    await dave.ask("INVITE", { body: "offer", headers });
    void alice.call.accept();
    await rig.run();
    assert.equal(dave.response("INVITE").header("Recv-Info"), headers.length === 0 ? undefined : "dtmf");
    await dave.ask("ACK", { within: alice.call.leg! });
    await hangUp(parts);
  }
});

test("of several early dialogs one that ends leaves another as the current one (RFC 3261 §13.2.2.4, RFC 6228 §4)", async () => {
  const parts = await calling();
  const { rig, dave, call } = parts;
  const invite = dave.request("INVITE");
  for (const tag of ["one", "two"]) await dave.answer(invite, 180, { tag });
  assert.equal(call.leg?.remoteTag, "two");
  await dave.answer(invite, 199, { tag: "two" });
  assert.equal(call.leg?.remoteTag, "one");
  await dave.answer(invite, 486, { tag: "one" });
  assert.equal((await call.ended).status, 486);
  await rig.assertNothingLeft();
});

test("a redirected call may ring at who had rung before (RFC 3261 §8.1.3.4, §12.1.2)", async () => {
  const { rig, dave, call } = await calling();
  await dave.answer(dave.request("INVITE"), 180);
  await dave.answer(dave.request("INVITE"), 302, { headers: [["Contact", "<sip:other@10.0.0.5>"]] });
  assert.equal(call.legs.length, 0);
  await dave.answer(dave.request("INVITE"), 180);
  assert.deepEqual(
    call.legs.map(({ remoteTag }) => remoteTag),
    ["dave"],
  );
  await dave.answer(dave.request("INVITE"), 486);
  await call.ended;
  await rig.assertNothingLeft();
});

test("a BYE of one early dialog leaves the others (RFC 3261 §15, §15.1.2)", async () => {
  const { rig, alice, dave, call } = await calling();
  const invite = dave.request("INVITE");
  for (const tag of ["one", "two"]) await dave.answer(invite, 180, { tag });
  const [one] = call.legs;
  await dave.ask("BYE", { within: one! });
  assert.equal(dave.response("BYE").status, 200);
  assert.deepEqual(
    call.legs.map(({ remoteTag }) => remoteTag),
    ["two"],
  );
  await dave.answer(invite, 200, { tag: "two", body: "answer" });
  assert.equal(call.state, "confirmed");
  await hangUp({ rig, alice, dave });
});

test("a call that is replaced before its ACK ends with it, and as replaced (RFC 3891 §3, RFC 3261 §15)", async () => {
  const parts = scene();
  const { rig, alice, dave } = parts;
  await dave.ask("INVITE", { body: "offer" });
  const { call: first } = alice;
  void first.accept();
  await rig.run();
  const { callId, localTag, remoteTag } = first.leg!;
  await dave.ask("INVITE", {
    body: "offer",
    callId: "second",
    headers: [["Replaces", `${callId};to-tag=${localTag};from-tag=${remoteTag}`]],
  });
  assert.equal(alice.calls.length, 2);
  void alice.call.accept();
  await rig.run();
  assert.equal(dave.requests("BYE").length, 0);
  await dave.ask("ACK", { within: { callId, localTag, remoteTag } });
  await dave.answer(dave.request("BYE"), 200);
  assert.equal((await first.ended).cause, "replaced");
  await dave.ask("ACK", { within: alice.call.leg! });
  await hangUp(parts);
});

test("who does not name from-change is told of no other From by UPDATE (RFC 4916 §4.2)", async () => {
  for (const supported of [undefined, "from-change"]) {
    const parts = scene({ connectedIdentity: true });
    const { rig, alice, dave } = parts;
    const headers: HeaderLine[] = [allow, ...(supported === undefined ? [] : [["Supported", supported] as const])];
    await dave.ask("INVITE", { body: "offer", headers });
    void alice.call.accept();
    await rig.run();
    await dave.ask("ACK", { within: alice.call.leg! });
    assert.equal(dave.requests("UPDATE").length, supported === undefined ? 0 : 1);
    if (supported !== undefined) await dave.answer(dave.request("UPDATE"), 200);
    await hangUp(parts);
  }
});

test("reports of a REFER end with the final one, also where the state is not said to be terminated; 481 to a REFER ends its session (RFC 3515 §2.4.4, RFC 5057 §5.1)", async () => {
  const { rig, dave, call } = await connected();
  const referring = call.refer("sip:carol@test");
  await rig.run();
  await dave.answer(dave.request("REFER"), 202);
  await dave.ask("NOTIFY", {
    within: call.leg!,
    headers: [
      ["Event", "refer"],
      ["Subscription-State", "active;expires=60"],
      ["Content-Type", "message/sipfrag"],
    ],
    body: "SIP/2.0 200 OK",
  });
  assert.equal((await (await referring).outcome).status, 200);
  const second = call.refer("sip:carol@test");
  await rig.run();
  await dave.answer(dave.request("REFER"), 481);
  await assert.rejects(second, { status: 481 });
  await dave.answer(dave.request("BYE"), 200);
  await call.ended;
  await rig.assertNothingLeft();
});
