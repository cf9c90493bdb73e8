/** REFER and its reports by hand, and what Refer-To may ask for. RFC 3515, RFC 3911 §5. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingRefer, OutgoingSession, ReferProgress } from "@trapezoid/sip/agent";
import { formatUri, type HeaderLine } from "@trapezoid/sip/message";
import { Hand } from "./hand.ts";
import { type Agent, Rig } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly dave: Hand;
  readonly call: OutgoingSession;
  readonly refers: IncomingRefer[];
  readonly reports: ReferProgress[];
}

async function connected(): Promise<Scene> {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  const refers: IncomingRefer[] = [];
  const reports: ReferProgress[] = [];
  Object.assign(alice.owner, {
    onRefer: (refer: IncomingRefer) => {
      refers.push(refer);
      reports.push(refer.accept());
    },
  });
  const call = alice.core.invite(dave.uri, { handlers: alice.owner });
  await rig.run();
  await dave.answer(dave.request("INVITE"), 200, { body: "answer" });
  return { rig, alice, dave, call, refers, reports };
}

async function answerNotify(dave: Hand): Promise<void> {
  for (const one of dave.requests("NOTIFY")) await dave.answer(one, 200);
}

async function hangUp({ rig, dave, call }: Scene): Promise<void> {
  void call.end();
  await rig.run();
  await dave.answer(dave.request("BYE"), 200);
  await rig.assertNothingLeft();
}

test("what a Refer-To asks for: its method, its target without what is not the target's, header fields that it may set (RFC 3515 §2.1, §2.4.3, RFC 3261 §19.1.5)", async () => {
  const scene = await connected();
  const { dave, call, refers, reports } = scene;
  const ask = async (referTo: string, cseq: number): Promise<IncomingRefer> => {
    await dave.ask("REFER", { within: call.leg!, cseq, headers: [["Refer-To", referTo]] });
    await answerNotify(dave);
    reports.at(-1)!.report(200);
    await scene.rig.run();
    await answerNotify(dave);
    return refers.at(-1)!;
  };
  const first = await ask(
    "<sip:carol@host;method=SUBSCRIBE;user=phone?Subject=now&From=%3Csip:boss%3E&Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2&Route=%3Csip:x%3E&body=text>",
    1,
  );
  assert.deepEqual(
    [first.method, formatUri(first.target), first.replaces],
    ["SUBSCRIBE", "sip:carol@host;user=phone", "c;to-tag=1;from-tag=2"],
  );
  assert.deepEqual(first.headers, [["Subject", "now"] satisfies HeaderLine]);
  const second = await ask("http://www.ietf.org", 2);
  assert.deepEqual([second.method, formatUri(second.target), second.headers], ["INVITE", "http://www.ietf.org", []]);
  await hangUp(scene);
});

test("of two REFERs in one dialog each report names its own by id, the number of its CSeq (RFC 3515 §2.4.6)", async () => {
  const scene = await connected();
  const { rig, dave, call, reports } = scene;
  for (const cseq of [10, 11]) {
    await dave.ask("REFER", { within: call.leg!, cseq, headers: [["Refer-To", "<sip:carol@test>"]] });
    await answerNotify(dave);
  }
  reports[0]!.report(486);
  reports[1]!.report(200);
  await rig.run();
  await answerNotify(dave);
  assert.deepEqual(
    dave.requests("NOTIFY").map((one) => [one.header("Event"), one.body.split("\r")[0]]),
    [
      ["refer;id=10", "SIP/2.0 100 Trying"],
      ["refer;id=11", "SIP/2.0 100 Trying"],
      ["refer;id=10", "SIP/2.0 486 Busy Here"],
      ["refer;id=11", "SIP/2.0 200 OK"],
    ],
  );
  await hangUp(scene);
});

test("who gives up listening ends the reports, and not what was asked for (RFC 3515 §2.4.4)", async () => {
  const scene = await connected();
  const { rig, dave, call, reports } = scene;
  await dave.ask("REFER", { within: call.leg!, cseq: 1, headers: [["Refer-To", "<sip:carol@test>"]] });
  assert.equal(dave.response("REFER").status, 202);
  assert.ok(dave.response("REFER").header("Contact"));
  await answerNotify(dave);
  const headers: HeaderLine[] = [
    ["Event", "refer;id=1"],
    ["Expires", "0"],
  ];
  await dave.ask("SUBSCRIBE", { within: call.leg!, cseq: 2, headers });
  assert.equal(dave.response("SUBSCRIBE").status, 200);
  const last = dave.request("NOTIFY");
  assert.match(last.header("Subscription-State") ?? "", /^terminated/);
  await dave.answer(last, 200);
  reports[0]!.report(200);
  await rig.run();
  assert.equal(dave.request("NOTIFY"), last);
  assert.equal(call.state, "confirmed");
  await hangUp(scene);
});

test("a NOTIFY may come before the answer to REFER; two answers of ours that stop listening say so by id (RFC 3515 §2.4.4, §2.4.6)", async () => {
  const scene = await connected();
  const { rig, dave, call } = scene;
  const heard: number[] = [];
  const referring = call.refer("sip:carol@test", { onProgress: (status) => heard.push(status) });
  await rig.run();
  const request = dave.request("REFER");
  assert.equal(request.headers("Refer-To").length, 1);
  const id = request.cseq!.sequence;
  await dave.ask("NOTIFY", {
    within: call.leg!,
    cseq: 1,
    headers: [
      ["Event", `refer;id=${id}`],
      ["Subscription-State", "active;expires=60"],
      ["Content-Type", "message/sipfrag"],
    ],
    body: "SIP/2.0 100 Trying",
  });
  assert.deepEqual([dave.response("NOTIFY").status, heard], [200, [100]]);
  await dave.answer(request, 202);
  (await referring).unsubscribe();
  await rig.run();
  const unsubscribe = dave.request("SUBSCRIBE");
  assert.deepEqual([unsubscribe.header("Event"), unsubscribe.header("Expires")], [`refer;id=${id}`, "0"]);
  await dave.answer(unsubscribe, 200, { headers: [["Expires", "0"]] });
  assert.deepEqual(await (await referring).outcome, { status: 0, reason: "Trying" });
  await hangUp(scene);
});

test("a report goes into one line whatever is told; a call that never was is 487 (RFC 3515 §2.4.5)", async () => {
  const scene = await connected();
  const { rig, alice, dave, call, reports } = scene;
  for (const cseq of [1, 2]) {
    await dave.ask("REFER", { within: call.leg!, cseq, headers: [["Refer-To", "<sip:carol@test>"]] });
    await answerNotify(dave);
  }
  reports[0]!.report(486, "Busy\r\nContact: <sip:evil@test>");
  await rig.run();
  assert.equal(dave.request("NOTIFY").body, "SIP/2.0 486 Busy Contact: <sip:evil@test>\r\n");
  await answerNotify(dave);
  const offerless = {
    ...alice.owner,
    answer: () => ({ status: 488 }),
    accepted: () => {},
    offer: () => Promise.reject(new TypeError("no")),
  };
  reports[1]!.follow(alice.core.invite("sip:carol@10.0.0.4", { handlers: offerless }));
  await rig.run();
  assert.equal(dave.request("NOTIFY").body, "SIP/2.0 487 Request Terminated\r\n");
  await answerNotify(dave);
  await hangUp(scene);
});

test("reports without a lifetime are waited for over three minutes (RFC 6665 §4.1.2.4, §4.2.2)", async () => {
  const scene = await connected();
  const { rig, dave, call } = scene;
  const referring = call.refer("sip:carol@test");
  await rig.run();
  const request = dave.request("REFER");
  await dave.answer(request, 202);
  await dave.ask("NOTIFY", {
    within: call.leg!,
    cseq: 1,
    headers: [
      ["Event", "refer"],
      ["Subscription-State", "active"],
      ["Content-Type", "message/sipfrag"],
    ],
    body: "SIP/2.0 180 Ringing",
  });
  const refer = await referring;
  let isOver = false;
  void refer.outcome.then(() => {
    isOver = true;
  });
  await rig.run(190_000);
  assert.equal(isOver, false);
  await rig.run(3_000);
  assert.deepEqual(await refer.outcome, { status: 0, reason: "Ringing" });
  await hangUp(scene);
});

test("a dialog that the first report makes goes on counting where its REFER has left off (RFC 3261 §12.2.1.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice", {
    identity: { address: "sip:alice@test", account: { user: "alice", password: "secret" } },
  });
  const dave = new Hand(rig, alice);
  const referring = alice.core.refer(dave.uri, "sip:carol@test");
  await rig.run();
  await dave.answer(dave.request("REFER"), 401, {
    headers: [["WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"']],
  });
  const { callId = "", fromTag = "", cseq } = dave.request("REFER");
  assert.equal(cseq?.sequence, 2);
  await dave.answer(dave.request("REFER"), 202);
  await dave.ask("NOTIFY", {
    within: { callId, localTag: fromTag, remoteTag: "dave" },
    cseq: 1,
    headers: [
      ["Event", "refer;id=2"],
      ["Subscription-State", "active;expires=60"],
      ["Content-Type", "message/sipfrag"],
    ],
    body: "SIP/2.0 100 Trying",
  });
  (await referring).unsubscribe();
  await rig.run();
  assert.equal(dave.request("SUBSCRIBE").cseq?.sequence, 3);
  await dave.answer(dave.request("SUBSCRIBE"), 200);
  await rig.assertNothingLeft();
});

test("of a REFER outside of dialogs the first who reports is heard, others are told that nobody listens (RFC 3515 §3.9)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const dave = new Hand(rig, alice);
  const referring = alice.core.refer(dave.uri, "sip:carol@test");
  await rig.run();
  const { callId = "", fromTag = "", cseq } = dave.request("REFER");
  await dave.answer(dave.request("REFER"), 202);
  for (const [at, tag] of ["one", "two", "one"].entries()) {
    await dave.ask("NOTIFY", {
      within: { callId, localTag: fromTag, remoteTag: tag },
      cseq: at + 1,
      headers: [
        ["Event", `refer;id=${cseq!.sequence}`],
        ["Subscription-State", at === 2 ? "terminated;reason=noresource" : "active;expires=60"],
        ["Content-Type", "message/sipfrag"],
      ],
      body: at === 2 ? "SIP/2.0 404 Not Found" : "SIP/2.0 100 Trying",
    });
    assert.equal(dave.response("NOTIFY").status, tag === "two" ? 481 : 200);
  }
  assert.equal((await (await referring).outcome).status, 404);
  await rig.assertNothingLeft();
});

test("a redirected INVITE has its Join and Replaces still (RFC 3911 §5, §7.2, RFC 3891 §4)", async () => {
  for (const name of ["join", "replaces"] as const) {
    const rig = new Rig();
    const alice = rig.agent("alice");
    const dave = new Hand(rig, alice);
    const call = alice.core.invite(dave.uri, { handlers: alice.owner, [name]: "c1;to-tag=1;from-tag=2" });
    await rig.run();
    await dave.answer(dave.request("INVITE"), 302, { headers: [["Contact", "<sip:other@10.0.0.5>"]] });
    const [first, second] = dave.requests("INVITE");
    assert.equal(second!.requestUri, "sip:other@10.0.0.5");
    for (const request of [first!, second!]) {
      assert.deepEqual(request.headers(name === "join" ? "Join" : "Replaces"), ["c1;to-tag=1;from-tag=2"]);
      assert.equal(request.header("Require"), name);
      assert.match(request.header("Supported") ?? "", new RegExp(`\\b${name}\\b`));
    }
    await dave.answer(second!, 486);
    await call.ended;
    await rig.assertNothingLeft();
  }
});
