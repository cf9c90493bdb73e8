/** Offer and answer, pattern by pattern. RFC 6337 §2.2, table 1; RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311 §5. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InviteOptions, OutgoingSession, ProvisionalOptions, UserAgentOptions } from "@trapezoid/sip/agent";
import { type Agent, Rig, rigBody } from "./rig.ts";

interface Scene {
  readonly rig: Rig;
  readonly alice: Agent;
  readonly bob: Agent;
  readonly call: OutgoingSession;
}

async function call(
  invite: Partial<InviteOptions> = {},
  agents: Partial<UserAgentOptions> = {},
  alices: Partial<UserAgentOptions> = {},
): Promise<Scene> {
  const rig = new Rig();
  const alice = rig.agent("alice", { ...agents, ...alices });
  const bob = rig.agent("bob", agents);
  const call = alice.core.invite(bob.uri, { handlers: alice.owner, ...invite });
  await rig.run();
  return { rig, alice, bob, call };
}

async function hangUp({ rig, call }: Scene): Promise<void> {
  void call.end();
  await rig.run(100);
  await rig.assertNothingLeft();
}

/** The messages that carry a body, with it. */
function bodies(rig: Rig): string[] {
  return rig.recorder.messages.flatMap(({ message, label }) =>
    message === undefined || message.body === "" ? [] : [`${label}: ${message.body}`],
  );
}

const reliable: ProvisionalOptions = { withSession: true, reliable: true };

const patterns: readonly {
  readonly name: string;
  readonly invite?: Partial<InviteOptions>;
  readonly early?: ProvisionalOptions;
  readonly bodies: readonly string[];
}[] = [
  {
    name: "pattern 1: INVITE offers, 2xx answers",
    bodies: ["INVITE: alice offer 1", "200 INVITE: bob answer 1"],
  },
  {
    name: "pattern 2: 2xx offers, ACK answers",
    invite: { withoutOffer: true },
    bodies: ["200 INVITE: bob offer 1", "ACK: alice answer 1"],
  },
  {
    name: "pattern 3: INVITE offers, a reliable 183 answers",
    early: reliable,
    bodies: ["INVITE: alice offer 1", "183 INVITE: bob answer 1"],
  },
  {
    name: "pattern 4: a reliable 183 offers, PRACK answers",
    invite: { withoutOffer: true },
    early: reliable,
    bodies: ["183 INVITE: bob offer 1", "PRACK: alice answer 1"],
  },
  {
    name: "an unreliable 183 shows the answer that the 200 gives",
    early: { withSession: true, reliable: false },
    bodies: ["INVITE: alice offer 1", "183 INVITE: bob answer 1", "200 INVITE: bob answer 1"],
  },
  {
    name: "an unreliable 183 to an INVITE without an offer has no body",
    invite: { withoutOffer: true },
    early: { withSession: true, reliable: false },
    bodies: ["200 INVITE: bob offer 1", "ACK: alice answer 1"],
  },
];

for (const pattern of patterns) {
  test(`${pattern.name} (RFC 3261 §13.2.1, §21.1.5, RFC 6337 §2.2)`, async () => {
    const scene = await call(pattern.invite);
    const { rig, bob } = scene;
    if (pattern.early !== undefined) {
      void bob.call.progress(pattern.early);
      await rig.run(100);
    }
    void bob.call.accept();
    await rig.run(100);
    assert.equal(scene.call.state, "confirmed");
    assert.equal(bob.call.state, "confirmed");
    assert.deepEqual(bodies(rig), pattern.bodies);
    await hangUp(scene);
  });
}

test("pattern 5: an offer in PRACK is answered in its 200 (RFC 3262 §5)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const handlers = Object.assign(alice.owner, { offerInPrack: () => rigBody("alice's second") });
  const call = alice.core.invite(bob.uri, { handlers });
  await rig.run();
  void bob.call.progress(reliable);
  await rig.run(100);
  void bob.call.ring({ reliable: true });
  await rig.run(100);
  void bob.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  assert.deepEqual(bodies(rig).slice(2), ["PRACK: alice's second", "200 PRACK: bob answer 2"]);
  assert.equal(alice.owner.log.at(-1), "change PRACK: takes bob answer 2");
  await hangUp({ rig, alice, bob, call });
});

test("pattern 6: UPDATE in an early dialog, of either side, once the first answer is reliable (RFC 3311 §5.1)", async () => {
  const scene = await call();
  const { rig, bob } = scene;
  void bob.call.progress(reliable);
  await rig.run(100);
  const first = scene.call.update();
  await rig.run(100);
  assert.equal((await first).body?.body, "bob answer 2");
  const second = bob.call.update();
  await rig.run(100);
  assert.equal((await second).body?.body, "alice answer 3");
  void bob.call.accept();
  await rig.run(100);
  assert.equal(scene.call.state, "confirmed");
  await hangUp(scene);
});

test("a 2xx waits for the PRACK of a response with a body (RFC 3262 §3)", async () => {
  const scene = await call();
  const { rig, bob } = scene;
  let lost = 0;
  rig.network.lose = ({ text }) => text.startsWith("PRACK ") && ++lost <= 2;
  void bob.call.progress(reliable);
  void bob.call.accept();
  await rig.run(300);
  assert.equal(rig.recorder.count("200 INVITE"), 0);
  await rig.run(5_000);
  assert.equal(scene.call.state, "confirmed");
  rig.recorder.expectInOrder(["183 INVITE", "PRACK (lost)", "PRACK (lost)", "PRACK", "200 PRACK", "200 INVITE", "ACK"]);
  // The 183 came several times; it is acknowledged by one PRACK.
  assert.ok(rig.recorder.count("183 INVITE") > 1);
  const pracks = rig.recorder.messages.flatMap(({ message, label }) =>
    label === "PRACK" ? [message!.via!.branch] : [],
  );
  assert.equal(new Set(pracks).size, 1);
  await hangUp(scene);
});

test("reliable responses go one after the other, are repeated at T1 doubled, and absorbed when they come twice (RFC 3262 §3, §4)", async () => {
  const scene = await call();
  const { rig, bob } = scene;
  let lost = 0;
  rig.network.lose = ({ text }) => / (?:180|183) /.test(text.slice(0, 12)) && ++lost <= 3;
  // After 100 the INVITE is repeated no more.
  await rig.run(280);
  const first = bob.call.progress(reliable);
  const second = bob.call.ring({ reliable: true });
  await rig.run(10_000);
  await Promise.all([first, second]);
  const times = rig.recorder.all("183 INVITE (lost)").map(({ at }) => Math.round(at / 100) * 100);
  assert.deepEqual(times, [300, 800, 1800]);
  const numbers = ["183 INVITE", "180 INVITE"].map((one) => Number(rig.recorder.response(one).header("RSeq")));
  assert.equal(numbers[1], numbers[0]! + 1);
  assert.equal(rig.recorder.request("alice → bob PRACK").header("RAck"), `${numbers[1]} 1 INVITE`);
  void bob.call.accept();
  await rig.run(100);
  await hangUp(scene);
});

test("without a PRACK in 64·T1 the callee refuses with 504 (RFC 3262 §3)", async () => {
  const scene = await call();
  const { rig, bob } = scene;
  rig.network.lose = ({ text }) => text.startsWith("PRACK ");
  void bob.call.progress(reliable);
  await rig.run(33_000);
  assert.equal((await bob.call.ended).status, 504);
  assert.equal((await scene.call.ended).status, 504);
  await rig.assertNothingLeft();
});

test("who requires 100rel gets every response but 100 reliably; who does not know it gets 420 (RFC 3262 §3, RFC 3261 §8.2.2.3)", async () => {
  const scene = await call({}, {}, { reliableProvisional: "required" });
  const { rig, bob } = scene;
  void bob.call.ring();
  await rig.run(100);
  assert.equal(rig.recorder.response("180 INVITE").header("Require"), "100rel");
  void bob.call.accept();
  await rig.run(100);
  await hangUp(scene);
  const other = await call({}, { reliableProvisional: "off" }, { reliableProvisional: "required" });
  assert.equal((await other.call.ended).status, 420);
  assert.equal(other.rig.recorder.response("420 INVITE").header("Unsupported"), "100rel");
  await other.rig.assertNothingLeft();
});

test("a PRACK that acknowledges nothing is 481 (RFC 3262 §3)", async () => {
  const scene = await call();
  const { rig, bob } = scene;
  void bob.call.ring();
  await rig.run(100);
  const refused = scene.call.request("PRACK", { headers: [["RAck", "77 1 INVITE"]] });
  await rig.run(100);
  await assert.rejects(refused, { status: 481 });
  void scene.call.end();
  await rig.assertNothingLeft();
});

test("a PRACK without RAck, or with one that cannot be read, is 400 (RFC 3262 §7.2)", async () => {
  const scene = await call({}, {}, { reliableProvisional: "required" });
  const { rig, bob } = scene;
  // The caller's own PRACKs stay away: only those that are written here come.
  rig.network.lose = ({ text }) => /^RAck: \d+ 1 INVITE\r$/m.test(text);
  bob.call.ring().catch(() => {});
  await rig.run(100);
  const lines = [[], [["RAck", "77"]], [["RAck", "77 1 INVITE INVITE"]]] as const;
  const refused = lines.map((headers) => scene.call.request("PRACK", { headers }));
  await rig.run(100);
  for (const one of refused) await assert.rejects(one, { status: 400 });
  void scene.call.end();
  await rig.assertNothingLeft();
});

test("an offer that the callee's owner refuses is 488, an exception of its too (RFC 3261 §13.3.1.3, §21.4.26)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  bob.owner.refusal = { status: 488 };
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  const accepted = bob.call.accept();
  await rig.run(100);
  await assert.rejects(accepted, { code: "SIP_UA_NEGOTIATION" });
  assert.equal((await call.ended).status, 488);
  await rig.assertNothingLeft();
});

test("an answer that the caller's owner refuses ends the call by BYE after its ACK (RFC 3261 §13.2.2.4)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  alice.owner.rejectAnswer = true;
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  assert.equal((await call.ended).cause, "negotiation");
  await assert.rejects(call.confirmed, { code: "SIP_UA_NEGOTIATION" });
  rig.recorder.expectInOrder(["200 INVITE", "ACK", "alice → bob BYE"]);
  await rig.assertNothingLeft();
});

test("an offer in a 2xx that nobody wants is acknowledged and hung up (RFC 3261 §13.2.2.4, §14.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  alice.owner.refusal = { status: 488 };
  const call = alice.core.invite(bob.uri, { handlers: alice.owner, withoutOffer: true });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  assert.equal((await call.ended).cause, "negotiation");
  assert.equal((await bob.call.ended).cause, "negotiation");
  await rig.assertNothingLeft();
});

test("each early dialog of a fork answers for itself, and the 200 tells which one counts (RFC 3261 §13.2.2.4, RFC 6337 §3.1)", async () => {
  const rig = new Rig();
  rig.proxy(() => ["sip:bob@10.0.0.3", "sip:carol@10.0.0.4"]);
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const carol = rig.agent("carol");
  const legs = new Set<unknown>();
  const { accepted } = alice.owner;
  alice.owner.accepted = function (answer, context, isPreview) {
    legs.add(context.leg);
    return accepted.call(this, answer, context, isPreview);
  };
  const call = alice.core.invite("sip:all@10.0.0.1", { handlers: alice.owner });
  await rig.run();
  void bob.call.progress({ reliable: true });
  void carol.call.progress({ reliable: true });
  await rig.run(100);
  assert.deepEqual(alice.owner.log.slice(1).sort(), [
    "initial INVITE: takes bob answer 1",
    "initial INVITE: takes carol answer 1",
  ]);
  assert.equal(legs.size, 2);
  void carol.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  assert.equal(alice.owner.log.length, 3);
  void call.end();
  await rig.assertNothingLeft();
});

test("what an unreliable 183 showed is taken where the 200 has no body (RFC 6337 §3.1.1)", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const { network } = rig;
  const send = network.sendDatagram.bind(network);
  network.sendDatagram = (kind, from, to, text) =>
    send(kind, from, to, / INVITE\r\n/.test(text) ? bodiless(text) : text);
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.progress({ reliable: false });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  assert.equal(call.state, "confirmed");
  assert.deepEqual(alice.owner.log.slice(1), [
    "initial INVITE: sees bob answer 1",
    "initial INVITE: takes bob answer 1",
  ]);
  void call.end();
  await rig.assertNothingLeft();
});

/** A 200 as gateways send it that have told all before. */
function bodiless(text: string): string {
  if (!text.startsWith("SIP/2.0 200 ")) return text;
  const head = text.slice(0, text.indexOf("\r\n\r\n"));
  return `${head.replace(/^Content-Type:.*\r\n/im, "").replace(/^Content-Length:.*$/im, "Content-Length: 0")}\r\n\r\n`;
}

test("without anything to offer no INVITE goes out, and the caller is told why", async () => {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = rig.agent("bob");
  const cause = new TypeError("no port is free");
  alice.owner.offer = () => Promise.reject(cause);
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  await assert.rejects(
    call.confirmed,
    (error: Error) => error.cause === cause && /no port is free/.test(error.message),
  );
  assert.deepEqual([(await call.ended).cause, bob.calls.length], ["negotiation", 0]);
  await rig.assertNothingLeft();
});
