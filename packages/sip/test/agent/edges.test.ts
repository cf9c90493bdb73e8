/** The edges of sessions: what comes late, crosses, is refused, or is more than there may be. RFC 3261 §12 to §15, RFC 3262 §3, RFC 3891 §3. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingRequest, InviteOptions, OutgoingSession, UserAgentOptions } from "@trapezoid/sip/agent";
import type { HeaderLine } from "@trapezoid/sip/message";
import { Hand } from "./hand.ts";
import { type Agent, Rig, rigBody } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly dave: Hand;
}

function scene(options: Partial<UserAgentOptions> = {}): Scene {
  const rig = new Rig();
  const alice = rig.agent("alice", options);
  return { rig, alice, dave: new Hand(rig, alice) };
}

async function connected(
  options: Partial<UserAgentOptions> = {},
  invite: Partial<InviteOptions> = {},
): Promise<Scene & { readonly call: OutgoingSession }> {
  const parts = scene(options);
  const { rig, alice, dave } = parts;
  const call = alice.core.invite(dave.uri, { handlers: alice.owner, ...invite });
  await rig.run();
  const allow: HeaderLine = ["Allow", "INVITE, ACK, BYE, CANCEL, UPDATE"];
  await dave.answer(dave.request("INVITE"), 200, { body: "answer", headers: [allow] });
  assert.equal(call.state, "confirmed");
  alice.owner.log.length = 0;
  return { ...parts, call };
}

async function hangUp({ rig, alice, dave }: Scene): Promise<void> {
  for (const session of [...alice.core.sessions]) void session.end();
  await rig.run();
  if (dave.requests("BYE").length > 0) await dave.answer(dave.request("BYE"), 200);
  await rig.assertNothingLeft();
}

test("a challenge within a dialog is repeated when its request is (RFC 3261 §17.2.2, §12.2.2)", async () => {
  const challenge = (_request: IncomingRequest) => ({
    status: 401,
    headers: [["WWW-Authenticate", 'Digest realm="a", nonce="n"']] as const,
  });
  const parts = await connected({ handlers: { admitInDialog: challenge } });
  for (let times = 0; times < 2; times++) {
    await parts.dave.ask("OPTIONS", { within: parts.call.leg!, cseq: 7, branch: "z9hG4bKsame" });
  }
  assert.deepEqual(
    parts.dave.responses("OPTIONS").map(({ status }) => status),
    [401, 401],
  );
  await hangUp(parts);
});

test("Replaces beside Join is 400 (RFC 3891 §3, RFC 3911 §4)", async () => {
  const { rig, dave } = scene();
  await dave.ask("INVITE", {
    body: "offer",
    headers: [
      ["Replaces", "c;to-tag=1;from-tag=2"],
      ["Join", "c;to-tag=1;from-tag=2"],
    ],
  });
  assert.equal(dave.response("INVITE").status, 400);
  await rig.run(40_000);
  await rig.assertNothingLeft();
});

test("a call that is being hung up is not replaced any more: 603 (RFC 3891 §3)", async () => {
  const parts = await connected();
  const { rig, dave, call } = parts;
  const { callId, localTag, remoteTag } = call.leg!;
  void call.end();
  await rig.run();
  await dave.ask("INVITE", {
    body: "offer",
    headers: [["Replaces", `${callId};to-tag=${localTag};from-tag=${remoteTag}`]],
  });
  assert.equal(dave.response("INVITE").status, 603);
  await dave.answer(dave.request("BYE"), 200);
  await rig.run(40_000);
  await rig.assertNothingLeft();
});

test("180 and 200 copy Record-Route as it is, and have a Contact, in sips where the Request-URI is (RFC 3261 §12.1.1)", async () => {
  const parts = scene();
  const { rig, alice, dave } = parts;
  await dave.ask("INVITE", {
    uri: "sips:alice@10.0.0.2",
    body: "offer",
    headers: [["Record-Route", "<sip:10.0.0.5;lr;own=1>;param=2"]],
  });
  void alice.call.ring();
  await rig.run();
  void alice.call.accept();
  await rig.run();
  for (const status of [180, 200]) {
    const response = dave.responses("INVITE").find((one) => one.status === status)!;
    assert.equal(response.header("Record-Route"), "<sip:10.0.0.5;lr;own=1>;param=2");
    assert.match(response.header("Contact") ?? "", /^<sips:alice@10\.0\.0\.2/);
  }
  await dave.ask("ACK", { within: alice.call.leg! });
  await hangUp(parts);
});

test("who calls from anonymous.invalid wants to stay unknown (RFC 3323 §4.1.1.3)", async () => {
  const parts = scene();
  await parts.dave.ask("INVITE", { body: "offer", from: "sip:anonymous@Anonymous.invalid" });
  assert.equal(parts.alice.call.isAnonymous, true);
  parts.alice.call.reject(480);
  await parts.rig.run(40_000);
  await parts.rig.assertNothingLeft();
});

test("early dialogs of one INVITE are as many as there may be (RFC 3261 §12.1.2)", async () => {
  const { rig, alice, dave } = scene({ limits: { legs: 2 } });
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  const invite = dave.request("INVITE");
  for (const tag of ["one", "two", "three"]) await dave.answer(invite, 180, { tag });
  assert.deepEqual(
    call.legs.map(({ remoteTag }) => remoteTag),
    ["one", "two"],
  );
  // The one that answers is another matter.
  await dave.answer(invite, 200, { tag: "three", body: "answer" });
  assert.equal(call.leg?.remoteTag, "three");
  await hangUp({ rig, alice, dave });
});

test("an unreliable body that says the same again is shown once; another one anew, and the last one counts (RFC 6337 §3.1.1)", async () => {
  const { rig, alice, dave } = scene();
  alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  const invite = dave.request("INVITE");
  for (const body of ["one", "one", "two"]) await dave.answer(invite, 183, { body });
  await dave.answer(invite, 200, { body: "three" });
  assert.deepEqual(alice.owner.log.slice(1), [
    "initial INVITE: sees one",
    "initial INVITE: sees two",
    "initial INVITE: takes three",
  ]);
  await hangUp({ rig, alice, dave });
});

test("what was answered early is undone when the call is refused, and nobody hears of what nobody was asked (RFC 3261 §13.2.2.3)", async () => {
  for (const isEarly of [true, false]) {
    const { rig, alice, dave } = scene();
    await dave.ask("INVITE", { body: "offer" });
    if (isEarly) await Promise.all([alice.call.progress({ reliable: false }), rig.run()]);
    alice.call.reject(486);
    await rig.run();
    assert.equal(alice.owner.log.includes("initial INVITE: rolled back"), isEarly);
    await rig.run(40_000);
    await rig.assertNothingLeft();
  }
});

test("a 200 that crosses a CANCEL is no matter of the owner's: no answer is taken, nothing is accepted (RFC 3261 §9.1, §15)", async () => {
  const { rig, alice, dave } = scene();
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  const events: string[] = [];
  call.events.on("accepted", () => events.push("accepted"));
  await rig.run();
  await dave.answer(dave.request("INVITE"), 180);
  void call.end();
  await rig.run();
  await dave.answer(dave.request("INVITE"), 200, { body: "answer" });
  assert.deepEqual([events, alice.owner.log.length], [[], 1]);
  assert.equal(dave.requests("ACK").length, 1);
  await dave.answer(dave.request("BYE"), 200);
  assert.equal((await call.ended).cause, "cancelled");
  await dave.answer(dave.request("CANCEL"), 200);
  await rig.assertNothingLeft();
});

test("a 200 to a re-INVITE that comes after the BYE is acknowledged, and no matter of the owner's (RFC 3261 §15.1.1, §13.2.2.4)", async () => {
  const { rig, alice, dave, call } = await connected();
  const changed = call.reinvite();
  await rig.run();
  const reinvite = dave.request("INVITE");
  await dave.ask("BYE", { within: call.leg!, cseq: 1 });
  await assert.rejects(changed, { code: "SIP_UA_SESSION_OVER" });
  await dave.answer(reinvite, 200, { body: "late" });
  assert.equal(dave.request("ACK").cseq?.sequence, reinvite.cseq!.sequence);
  assert.deepEqual(alice.owner.log, ["change INVITE: makes alice offer 2"]);
  await rig.assertNothingLeft();
});

test("what comes while our BYE is on its way is 481, a BYE alone 200 (RFC 3261 §15.1.1, §15.1.2)", async () => {
  const { rig, dave, call } = await connected();
  const { leg } = call;
  void call.end();
  await rig.run();
  await dave.ask("UPDATE", { within: leg!, cseq: 1, body: "offer" });
  assert.equal(dave.response("UPDATE").status, 481);
  await dave.ask("BYE", { within: leg!, cseq: 2 });
  assert.equal(dave.response("BYE").status, 200);
  await dave.answer(dave.request("BYE"), 200);
  await rig.assertNothingLeft();
});

test("a peer that is busy is waited for as long as it says, up to 10 s, and no longer (RFC 3261 §14.2)", async () => {
  for (const seconds of [3, 60]) {
    const parts = await connected();
    const { rig, dave, call } = parts;
    const changed = call.reinvite();
    await rig.run();
    await dave.answer(dave.request("INVITE"), 500, { headers: [["Retry-After", `${seconds}`]] });
    await rig.run(seconds * 1_000);
    assert.equal(dave.requests("ACK").length, 2);
    if (seconds === 3) {
      const last = dave.request("INVITE");
      assert.equal(last.cseq?.sequence, 3);
      await dave.answer(last, 200, { body: "answer" });
      await changed;
    } else await assert.rejects(changed, { status: 500 });
    await hangUp(parts);
  }
});

test("our re-INVITE waits until theirs has its ACK (RFC 3261 §14.1)", async () => {
  const parts = await connected();
  const { rig, dave, call } = parts;
  await dave.ask("INVITE", { within: call.leg!, cseq: 1, body: "theirs" });
  assert.equal(dave.response("INVITE").status, 200);
  const changed = call.reinvite();
  await rig.run(300);
  assert.equal(dave.requests("INVITE").length, 1);
  await dave.ask("ACK", { within: call.leg!, cseq: 1 });
  assert.equal(dave.requests("INVITE").length, 2);
  await dave.answer(dave.request("INVITE"), 200, { body: "answer" });
  await changed;
  await hangUp(parts);
});

test("a re-INVITE moves the target by its Contact once it is accepted, a refused one does not (RFC 3261 §12.2.2, RFC 6141 §4.6)", async () => {
  const parts = await connected();
  const { alice, dave, call } = parts;
  const moved: HeaderLine[] = [["Contact", "<sip:elsewhere@10.0.0.5>"]];
  alice.owner.refusal = { status: 488 };
  await dave.ask("INVITE", { within: call.leg!, cseq: 1, body: "offer", headers: moved });
  assert.equal("user" in call.leg!.remoteTarget && call.leg!.remoteTarget.user, "dave");
  alice.owner.refusal = undefined;
  await dave.ask("INVITE", { within: call.leg!, cseq: 2, body: "offer", headers: moved });
  await dave.ask("ACK", { within: call.leg!, cseq: 2 });
  void call.end();
  await parts.rig.run();
  assert.equal(dave.request("BYE").requestUri, "sip:elsewhere@10.0.0.5");
  await hangUp(parts);
});

test("an ACK without the answer that was due ends the session, and what was offered is undone (RFC 3261 §13.2.1, §14.2)", async () => {
  const parts = await connected();
  const { rig, alice, dave, call } = parts;
  await dave.ask("INVITE", { within: call.leg!, cseq: 1 });
  assert.equal(dave.response("INVITE").body, "alice offer 2");
  await dave.ask("ACK", { within: call.leg!, cseq: 1 });
  assert.equal(alice.owner.log.at(-1), "change INVITE: rolled back");
  await dave.answer(dave.request("BYE"), 200);
  assert.equal((await call.ended).cause, "negotiation");
  await rig.assertNothingLeft();
});

test("a reliable response is repeated at doubled intervals without an upper bound, until a PRACK names number, CSeq and INVITE (RFC 3262 §3)", async () => {
  const parts = scene();
  const { rig, alice, dave } = parts;
  await dave.ask("INVITE", { body: "offer", headers: [["Supported", "100rel"]] });
  alice.call.progress({ reliable: true }).catch(() => {});
  await rig.run(20_000);
  // At 0, 0.5, 1.5, 3.5, 7.5 and 15.5 s.
  const all = dave.responses("INVITE").filter(({ status }) => status === 183);
  assert.equal(all.length, 6);
  const rseq = all[0]!.header("RSeq");
  const within = alice.call.leg!;
  for (const [at, rack] of [`${rseq} 1 BYE`, `${rseq} 2 INVITE`, `${Number(rseq) + 1} 1 INVITE`].entries()) {
    await dave.ask("PRACK", { within, cseq: at + 2, headers: [["RAck", rack]] });
    assert.equal(dave.response("PRACK").status, 481, rack);
  }
  await dave.ask("PRACK", { within, cseq: 9, headers: [["RAck", `${rseq} 1 INVITE`]] });
  assert.equal(dave.response("PRACK").status, 200);
  alice.call.reject(480);
  await rig.run(40_000);
  await rig.assertNothingLeft();
});

test("an answer to UPDATE that comes behind the BYE starts no timer (RFC 4028 §7.2)", async () => {
  const { rig, dave, call } = await connected();
  const changed = call.update();
  await rig.run();
  void call.end();
  await rig.run();
  await dave.answer(dave.request("UPDATE"), 200, {
    body: "answer",
    headers: [["Session-Expires", "90;refresher=uac"]],
  });
  await assert.rejects(changed.then(() => Promise.reject(new Error("done"))));
  assert.equal(call.timer, undefined);
  await dave.answer(dave.request("BYE"), 200);
  await rig.assertNothingLeft();
});

test("nor does one to a re-INVITE (RFC 4028 §7.2)", async () => {
  const { rig, dave, call } = await connected();
  const changed = call.reinvite();
  await rig.run();
  void call.end();
  await rig.run();
  await dave.answer(dave.request("INVITE"), 200, {
    body: "answer",
    headers: [["Session-Expires", "3600;refresher=uac"]],
  });
  assert.equal(call.timer, undefined);
  await dave.answer(dave.request("BYE"), 200);
  await changed.catch(() => {});
  await rig.assertNothingLeft();
});

test("a refresh that is refused is tried again, but not in the last ten seconds (RFC 4028 §10)", async () => {
  const { rig, alice, dave } = scene({ sessionTimer: { expiresSeconds: 90 } });
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  const headers: HeaderLine[] = [
    ["Session-Expires", "90;refresher=uac"],
    ["Require", "timer"],
    ["Allow", "INVITE, ACK, BYE, UPDATE"],
  ];
  await dave.answer(dave.request("INVITE"), 200, { body: "answer", headers });
  // Half-way, and half of what is left until the call is given up at 60 s; then less than 10 s are left.
  const begunAt = rig.clock.now();
  const tries: number[] = [];
  for (let last = 0; call.state === "confirmed"; ) {
    await rig.run(50);
    const update = dave.requests("UPDATE").at(-1);
    if (update === undefined || update.cseq!.sequence === last) continue;
    last = update.cseq!.sequence;
    tries.push(Math.round((rig.clock.now() - begunAt) / 1_000));
    await dave.answer(update, 500);
  }
  assert.deepEqual(tries, [45, 53]);
  assert.equal(Math.round((rig.clock.now() - begunAt) / 1_000), 60);
  await rig.run();
  assert.equal(call.state, "ending");
  await dave.answer(dave.request("BYE"), 200);
  assert.equal((await call.ended).cause, "session-expired");
  await rig.assertNothingLeft();
});

test("who has rung says no 100 any more (RFC 3261 §17.2.1)", async () => {
  const parts = scene();
  const { rig, alice, dave } = parts;
  await dave.ask("INVITE", { body: "offer" });
  void alice.call.ring();
  await rig.run(1_000);
  assert.deepEqual(
    dave.responses("INVITE").map(({ status }) => status),
    [180],
  );
  alice.call.reject(480);
  await rig.run(40_000);
  await rig.assertNothingLeft();
});

test("a description that is only to be shown is no offer (RFC 3261 §13.2.1, §20.11)", async () => {
  const parts = scene();
  await parts.dave.ask("INVITE", { body: "v=0", headers: [["Content-Disposition", "render"]] });
  assert.equal(parts.alice.call.offer, undefined);
  parts.alice.call.reject(480);
  await parts.rig.run(40_000);
  await parts.rig.assertNothingLeft();
});

test("a CANCEL behind the 200 changes nothing (RFC 3261 §9.2)", async () => {
  const parts = scene();
  const { rig, alice, dave } = parts;
  await dave.ask("INVITE", { body: "offer", branch: "z9hG4bKone" });
  void alice.call.accept();
  await rig.run();
  await dave.ask("CANCEL", { branch: "z9hG4bKone" });
  assert.equal(dave.response("CANCEL").status, 200);
  assert.equal(dave.response("CANCEL").toTag, dave.response("INVITE").toTag);
  assert.equal(alice.call.state, "answered");
  await dave.ask("ACK", { within: alice.call.leg! });
  assert.equal(alice.call.state, "confirmed");
  await hangUp(parts);
});

test("a second offer in a body that is given goes out as it is, and an owner that offers nothing has its call refused 500 (RFC 3261 §13.3.1.4)", async () => {
  const parts = scene();
  const { rig, alice, dave } = parts;
  await dave.ask("INVITE");
  alice.owner.offer = () => Promise.reject(new TypeError("nothing"));
  const accepted = alice.call.accept();
  await rig.run();
  await assert.rejects(accepted, /nothing/);
  assert.equal(dave.response("INVITE").status, 500);
  await rig.run(40_000);
  await rig.assertNothingLeft();
  const other = await connected();
  const changed = other.call.update({ body: rigBody("given") });
  await other.rig.run();
  assert.equal(other.dave.request("UPDATE").body, "given");
  await other.dave.answer(other.dave.request("UPDATE"), 200, { body: "taken" });
  await changed;
  await hangUp(other);
});
