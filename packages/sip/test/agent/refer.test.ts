/** Transfers: REFER, its reports, Replaces and Join. RFC 3515, 3891, 3892, 3911, 4488, 5589. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingRefer, OutgoingRefer, OutgoingSession } from "@trapezoid/sip/agent";
import { escapeParam, formatUri, ReferTo } from "@trapezoid/sip/message";
import { Hand } from "./hand.ts";
import { type Agent, Rig } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly bob: Agent;
  readonly carol: Agent;
  /** Of alice to bob. */
  readonly call: OutgoingSession;
}

async function connect(rig: Rig, caller: Agent, callee: Agent): Promise<OutgoingSession> {
  const call = caller.core.invite(callee.uri, { handlers: caller.owner });
  await rig.run();
  void callee.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  return call;
}

async function scene(): Promise<Scene> {
  const rig = new Rig();
  const [alice, bob, carol] = [rig.agent("alice"), rig.agent("bob"), rig.agent("carol")];
  const call = await connect(rig, alice, bob);
  rig.recorder.clear();
  return { rig, alice, bob, carol, call };
}

/** Does what it is asked: calls the target and reports. */
function obey(agent: Agent): OutgoingSession[] {
  const made: OutgoingSession[] = [];
  Object.assign(agent.owner, {
    onRefer: (refer: IncomingRefer) => {
      const progress = refer.accept();
      const session = agent.core.invite(refer.target, {
        handlers: agent.owner,
        headers: refer.headers,
        ...(refer.replaces === undefined ? {} : { replaces: refer.replaces }),
        ...(refer.referredBy === undefined ? {} : { referredBy: refer.referredBy }),
      });
      made.push(session);
      progress.follow(session);
    },
  });
  return made;
}

test("blind transfer: bob calls carol as alice asks, alice hears of it and hangs up (RFC 5589 §6.1, RFC 3515 §2, §2.4.1, §2.4.4, §2.4.5, §2.4.7)", async () => {
  const { rig, alice, bob, carol, call } = await scene();
  const made = obey(bob);
  const heard: number[] = [];
  const referring = call.refer(carol.uri, { onProgress: (status) => heard.push(status) });
  await rig.run(50);
  const refer = await referring;
  void carol.call.ring();
  await rig.run(50);
  void carol.call.accept();
  await rig.run(100);
  assert.deepEqual(await refer.outcome, { status: 200, reason: "OK" });
  assert.deepEqual(heard, [100, 180, 200]);
  assert.equal(made[0]?.state, "confirmed");
  assert.equal(carol.call.invite.header("Referred-By"), "<sip:alice@test>");
  void call.end();
  await rig.run(50);
  rig.recorder.expectInOrder([
    "alice → bob REFER",
    "bob → alice 202 REFER",
    "bob → alice NOTIFY",
    "bob → carol INVITE",
    "carol → bob 180 INVITE",
    "bob → alice NOTIFY",
    "carol → bob 200 INVITE",
    "bob → alice NOTIFY",
    "alice → bob 200 NOTIFY",
    "alice → bob BYE",
  ]);
  const last = rig.recorder.request("bob → alice NOTIFY");
  assert.equal(last.header("Subscription-State"), "terminated;reason=noresource");
  assert.equal(last.header("Content-Type"), "message/sipfrag;version=2.0");
  assert.equal(last.body, "SIP/2.0 200 OK\r\n");
  void made[0]?.end();
  await rig.assertNothingLeft();
  assert.deepEqual(alice.core.dialogs.size, 0);
});

test("the reports go on after the BYE: the dialog lives as long as its last usage (RFC 5589 §6.1, RFC 5057 §2)", async () => {
  const { rig, bob, carol, call } = await scene();
  const made = obey(bob);
  const referring = call.refer(carol.uri);
  await rig.run(50);
  const refer = await referring;
  void call.end();
  await rig.run(50);
  assert.equal((await call.ended).cause, "bye");
  carol.call.reject(486);
  await rig.run(50);
  assert.deepEqual(await refer.outcome, { status: 486, reason: "Busy Here" });
  assert.equal((await made[0]!.ended).status, 486);
  await rig.assertNothingLeft();
});

test("attended transfer: bob's new call takes the place of alice's with carol (RFC 5589 §7.3, RFC 3891 §3, §4, §6.2)", async () => {
  const { rig, alice, bob, carol, call } = await scene();
  const made = obey(bob);
  const consultation = await connect(rig, alice, carol);
  const first = carol.call;
  rig.recorder.clear();
  const offered: unknown[] = [];
  carol.onInvite = (session) => {
    offered.push(session.replaces);
    void session.accept();
    return carol.owner;
  };
  const replaces = consultation.replacesValue();
  const referring = call.refer(consultation);
  await rig.run(200);
  const refer = await referring;
  assert.equal((await refer.outcome).status, 200);
  assert.deepEqual(offered, [first]);
  assert.equal(made[0]?.state, "confirmed");
  const end = await first.ended;
  assert.deepEqual([end.cause, end.by], ["replaced", "local"]);
  assert.equal((await consultation.ended).by, "remote");
  const invite = rig.recorder.request("bob → carol INVITE");
  assert.equal(invite.header("Require"), "replaces");
  assert.equal(invite.header("Replaces"), replaces);
  rig.recorder.expectInOrder(["bob → carol INVITE", "carol → bob 200 INVITE", "carol → alice BYE"]);
  void call.end();
  void made[0]?.end();
  await rig.assertNothingLeft();
});

test("attended transfer to a browser: its address of record, since its Contact leads nowhere outside of the dialog (RFC 5589 §7.3)", async () => {
  const { rig, alice, call } = await scene();
  const dave = new Hand(rig, alice);
  const consultation = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  const contact = ["Contact", "<sip:dave@df7jal23ls0d.invalid;transport=ws>"] as const;
  const record = ["Record-Route", "<sip:10.0.0.5;lr>"] as const;
  await dave.answer(dave.request("INVITE"), 200, { body: "answer", headers: [contact, record] });
  const replaces = consultation.replacesValue();
  const referring = call.refer(consultation);
  await rig.run();
  const target = rig.recorder.request("alice → bob REFER").get(ReferTo)?.uri;
  assert.equal(target !== undefined && formatUri(target), `${dave.uri}?Replaces=${escapeParam(replaces)}`);
  await assert.rejects(referring, { status: 405 });
  void consultation.end();
  await rig.run();
  await dave.answer(dave.request("BYE"), 200);
  void call.end();
  await rig.assertNothingLeft();
});

test("Refer-Sub: false: no reports, and both sides say so (RFC 4488 §4)", async () => {
  const { rig, bob, carol, call } = await scene();
  const made = obey(bob);
  const referring = call.refer(carol.uri, { withoutSubscription: true });
  await rig.run(50);
  const refer: OutgoingRefer = await referring;
  assert.deepEqual(await refer.outcome, { status: 0, reason: "" });
  assert.equal(rig.recorder.response("202 REFER").header("Refer-Sub"), "false");
  assert.equal(rig.recorder.count("NOTIFY"), 0);
  void made[0]?.end();
  void call.end();
  await rig.assertNothingLeft();
});

test("who does not know Refer-Sub subscribes us all the same, and we take it (RFC 4488 §4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  await dave.answer(dave.request("INVITE"), 200, { body: "answer" });
  const referring = call.refer("sip:carol@test", { withoutSubscription: true });
  await rig.run();
  const request = dave.request("REFER");
  assert.deepEqual([request.header("Refer-Sub"), request.header("Require")], ["false", undefined]);
  await dave.answer(request, 202);
  const refer = await referring;
  await dave.ask("NOTIFY", {
    within: call.leg!,
    cseq: 1,
    headers: [
      ["Event", `refer;id=${request.cseq!.sequence}`],
      ["Subscription-State", "terminated;reason=noresource"],
      ["Content-Type", "message/sipfrag"],
    ],
    body: "SIP/2.0 486 Busy Here",
  });
  assert.equal(dave.response("NOTIFY").status, 200);
  assert.deepEqual(await refer.outcome, { status: 486, reason: "Busy Here" });
  void call.end();
  await rig.run();
  await dave.answer(dave.request("BYE"), 200);
  await rig.assertNothingLeft();
});

test("a REFER outside of the dialog names it in Target-Dialog; its reader knows what is meant, and passes over what is not there (RFC 4538 §3, §4)", async () => {
  const rig = new Rig();
  const heard: (string | undefined)[] = [];
  const alice = rig.agent("alice");
  const bob: Agent = rig.agent("bob", {
    handlers: {
      onRefer: (refer) => {
        heard.push(refer.targetDialog?.localTag);
        refer.accept().report(603);
      },
      onMessage: ({ targetDialog }) => void heard.push(targetDialog?.localTag),
    },
  });
  const call = await connect(rig, alice, bob);
  const referring = alice.core.refer(bob.uri, "sip:carol@test", { targetDialog: call });
  await rig.run(100);
  assert.deepEqual(await (await referring).outcome, { status: 603, reason: "Decline" });
  const { callId, localTag, remoteTag } = call.leg!;
  const refer = rig.recorder.request("alice → bob REFER");
  assert.equal(refer.header("Require"), "tdialog");
  assert.equal(refer.header("Target-Dialog"), `${callId};local-tag=${remoteTag};remote-tag=${localTag}`);
  for (const value of [`${callId};local-tag=${localTag};remote-tag=${remoteTag}`, callId]) {
    const sent = alice.core.message(
      bob.uri,
      { contentType: "text/plain", body: "x" },
      { headers: [["Target-Dialog", value]] },
    );
    await rig.run(50);
    await sent;
  }
  assert.deepEqual(heard, [bob.call.leg!.localTag, undefined, undefined]);
  void call.end();
  await rig.assertNothingLeft();
});

test("a REFER that nobody takes: 405 without a handler, 603 when it leaves it alone, 400 without Refer-To (RFC 3515 §2.4.2)", async () => {
  const { rig, bob, carol, call } = await scene();
  const first = call.refer(carol.uri);
  await rig.run(50);
  await assert.rejects(first, { status: 405 });
  Object.assign(bob.owner, { onRefer: () => {} });
  const second = call.refer(carol.uri);
  await rig.run(50);
  await assert.rejects(second, { status: 603 });
  const third = call.request("REFER");
  await rig.run(50);
  await assert.rejects(third, { status: 400 });
  void call.end();
  await rig.assertNothingLeft();
});

test("REFER outside of a session: its first NOTIFY makes a dialog (RFC 3515 §2.4.4, RFC 6665 §4.4.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const carol = rig.agent("carol");
  const bob: Agent = rig.agent("bob", {
    handlers: {
      onRefer: (refer) => {
        const progress = refer.accept();
        const session = bob.core.invite(refer.target, { handlers: bob.owner });
        progress.follow(session);
      },
    },
  });
  const referring = alice.core.refer(bob.uri, carol.uri);
  await rig.run(50);
  const refer = await referring;
  void carol.call.accept();
  await rig.run(100);
  assert.equal((await refer.outcome).status, 200);
  void carol.call.end();
  await rig.assertNothingLeft();
});

test("reports that stop: the reference comes to an end all the same (RFC 6665 §4.1.2.4)", async () => {
  const { rig, bob, carol, call } = await scene();
  Object.assign(bob.owner, { onRefer: (refer: IncomingRefer) => void refer.accept() });
  const referring = call.refer(carol.uri);
  await rig.run(50);
  const refer = await referring;
  await rig.run(200_000);
  assert.deepEqual(await refer.outcome, { status: 0, reason: "Trying" });
  void call.end();
  await rig.assertNothingLeft();
});

test("Replaces: 481 for what is not known, 486 for early-only, 603 for what has just ended, 400 for two (RFC 3891 §3)", async () => {
  const { rig, alice, bob, carol, call } = await scene();
  const leg = bob.call.leg!;
  const value = `${leg.callId};to-tag=${leg.localTag};from-tag=${leg.remoteTag}`;
  const statusOf = async (replaces: string, headers: readonly (readonly [string, string])[] = []): Promise<number> => {
    const attempt = carol.core.invite(bob.uri, { handlers: carol.owner, replaces, headers });
    await rig.run(100);
    return (await attempt.ended).status;
  };
  assert.equal(await statusOf("nobody;to-tag=1;from-tag=2"), 481);
  assert.equal(await statusOf(`${value};early-only`), 486);
  assert.equal(await statusOf(value, [["Replaces", value]]), 400);
  assert.equal(bob.call.state, "confirmed");
  void call.end();
  await rig.run(100);
  assert.equal(await statusOf(value), 603);
  assert.equal(alice.core.sessions.size, 0);
  await rig.assertNothingLeft();
});

test("Replaces of an early dialog: only of one that its owner began, which is then cancelled (RFC 3891 §3)", async () => {
  const rig = new Rig();
  const [alice, bob, carol] = [rig.agent("alice"), rig.agent("bob"), rig.agent("carol")];
  const ringing = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  const own = ringing.leg!;
  // Of bob, who was called: 481.
  const refused = carol.core.invite(bob.uri, {
    handlers: carol.owner,
    replaces: `${own.callId};to-tag=${own.remoteTag};from-tag=${own.localTag}`,
  });
  await rig.run(100);
  assert.equal((await refused.ended).status, 481);
  // Of alice, who called.
  alice.onInvite = (session) => {
    assert.equal(session.replaces, ringing);
    void session.accept();
    return alice.owner;
  };
  const pickup = carol.core.invite(alice.uri, {
    handlers: carol.owner,
    replaces: `${own.callId};to-tag=${own.localTag};from-tag=${own.remoteTag}`,
  });
  await rig.run(200);
  assert.equal(pickup.state, "confirmed");
  assert.equal((await ringing.ended).cause, "replaced");
  assert.equal((await bob.call.ended).cause, "cancelled");
  void pickup.end();
  await rig.assertNothingLeft();
});

test("Join: 481 for what is not known, but for a call to a conference; early dialogs of either side, too (RFC 3911 §4)", async () => {
  const rig = new Rig();
  const [alice, carol] = [rig.agent("alice"), rig.agent("carol")];
  const bob = rig.agent("bob", {
    handlers: { isConference: (uri) => uri.scheme === "sip" && "user" in uri && uri.user === "room" },
  });
  const ringing = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.ring();
  await rig.run();
  const first = bob.call;
  const { callId, localTag, remoteTag } = first.leg!;
  const attempt = async (uri: string, join: string) => {
    const session = carol.core.invite(uri, { handlers: carol.owner, join });
    await rig.run(50);
    return session;
  };
  assert.equal((await (await attempt(bob.uri, "nobody;to-tag=1;from-tag=2")).ended).status, 481);
  const room = await attempt("sip:room@10.0.0.3", "nobody;to-tag=1;from-tag=2");
  assert.equal(bob.call.invite.requestUri, "sip:room@10.0.0.3");
  assert.equal(bob.call.joins, undefined);
  bob.call.reject(480);
  const joining = await attempt(bob.uri, `${callId};to-tag=${localTag};from-tag=${remoteTag}`);
  assert.equal(bob.call.joins, first);
  bob.call.reject(488);
  await rig.run(50);
  assert.deepEqual([(await room.ended).status, (await joining.ended).status], [480, 488]);
  assert.equal(first.state, "early");
  void ringing.end();
  await rig.assertNothingLeft();
});

test("Join names a session, which goes on (RFC 3911 §4)", async () => {
  const { rig, bob, carol, call } = await scene();
  const leg = bob.call.leg!;
  const joined = bob.call;
  bob.onInvite = (session) => {
    assert.equal(session.joins, joined);
    void session.accept();
    return bob.owner;
  };
  const join = `${leg.callId};to-tag=${leg.localTag};from-tag=${leg.remoteTag}`;
  const third = carol.core.invite(bob.uri, { handlers: carol.owner, join });
  await rig.run(100);
  assert.equal(third.state, "confirmed");
  assert.equal(call.state, "confirmed");
  void third.end();
  void call.end();
  await rig.assertNothingLeft();
});
