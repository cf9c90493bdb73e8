/** Offers that nobody wants, in messages that can only be answered. RFC 3261 §13.2.2.4, RFC 3262 §5, RFC 6337 §2.3. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Agent, Rig, rigBody } from "./rig.ts";

/** Alice, who refuses what is offered, and says how where she has to answer all the same. */
function refusing(): { rig: Rig; alice: Agent; bob: Agent; declined: string[] } {
  const rig = new Rig();
  const [alice, bob] = [rig.agent("alice"), rig.agent("bob")];
  const declined: string[] = [];
  alice.owner.refusal = { status: 488 };
  Object.assign(alice.owner, {
    decline: (offer: { body: string }, { method }: { method: string }) => {
      declined.push(`${method}: ${offer.body}`);
      return rigBody("nothing of it");
    },
  });
  return { rig, alice, bob, declined };
}

test("a refused offer in a 2xx gets a valid answer in the ACK, and BYE (RFC 3261 §13.2.2.4, §14.1)", async () => {
  const { rig, alice, bob, declined } = refusing();
  const call = alice.core.invite(bob.uri, { handlers: alice.owner, withoutOffer: true });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  assert.equal((await call.ended).cause, "negotiation");
  assert.deepEqual(declined, ["ACK: bob offer 1"]);
  assert.equal(rig.recorder.request("alice → bob ACK").body, "nothing of it");
  assert.equal(bob.owner.log.at(-1), "initial ACK: takes nothing of it");
  rig.recorder.expectInOrder(["200 INVITE", "alice → bob ACK", "alice → bob BYE"]);
  await rig.assertNothingLeft();
});

test("the same of a re-INVITE without an offer (RFC 3261 §14.2)", async () => {
  const { rig, alice, bob } = refusing();
  const call = alice.core.invite(bob.uri, { handlers: alice.owner });
  await rig.run();
  void bob.call.accept();
  await rig.run(100);
  const changed = call.reinvite({ withoutOffer: true });
  await rig.run(100);
  await assert.rejects(changed, { code: "SIP_UA_NEGOTIATION" });
  assert.equal(rig.recorder.request("alice → bob ACK").body, "nothing of it");
  assert.equal((await call.ended).cause, "negotiation");
  await rig.assertNothingLeft();
});

test("a refused offer in a reliable 183 gets one in the PRACK, and CANCEL (RFC 3262 §5)", async () => {
  const { rig, alice, bob, declined } = refusing();
  const call = alice.core.invite(bob.uri, { handlers: alice.owner, withoutOffer: true });
  await rig.run();
  void bob.call.progress({ reliable: true });
  await rig.run(100);
  assert.deepEqual(declined, ["PRACK: bob offer 1"]);
  assert.equal(rig.recorder.request("alice → bob PRACK").body, "nothing of it");
  assert.equal((await call.ended).cause, "negotiation");
  rig.recorder.expectInOrder(["183 INVITE", "alice → bob PRACK", "alice → bob CANCEL", "487 INVITE"]);
  await rig.assertNothingLeft();
});

test("a refused offer in a PRACK is 200 with such an answer; where there is none, the refusal (RFC 6337 §2.3)", async () => {
  for (const canDecline of [true, false]) {
    const rig = new Rig();
    const [alice, bob] = [rig.agent("alice"), rig.agent("bob")];
    const handlers = Object.assign(alice.owner, { offerInPrack: () => rigBody("more") });
    if (canDecline) Object.assign(bob.owner, { decline: () => rigBody("no more") });
    const call = alice.core.invite(bob.uri, { handlers });
    await rig.run();
    void bob.call.progress({ reliable: true });
    await rig.run(100);
    bob.owner.refusal = { status: 488 };
    void bob.call.ring({ reliable: true });
    await rig.run(100);
    assert.equal(rig.recorder.count("200 PRACK"), canDecline ? 2 : 1);
    assert.equal(rig.recorder.count("488 PRACK"), canDecline ? 0 : 1);
    assert.equal(alice.owner.log.at(-1), canDecline ? "change PRACK: takes no more" : "change PRACK: rolled back");
    void bob.call.accept();
    await rig.run(100);
    assert.equal(call.state, "confirmed");
    void call.end();
    await rig.assertNothingLeft();
  }
});

test("a 2xx that is one too many, or that crosses a CANCEL, has its offer answered, too (RFC 3261 §13.2.2.4)", async () => {
  const { rig, alice, bob, declined } = refusing();
  alice.owner.refusal = undefined;
  const carol = rig.agent("carol");
  rig.proxy(() => [bob.uri, carol.uri]);
  const call = alice.core.invite("sip:all@10.0.0.1", { handlers: alice.owner, withoutOffer: true });
  await rig.run();
  void bob.call.accept();
  void carol.call.accept();
  await rig.run(200);
  assert.equal(call.state, "confirmed");
  assert.equal(declined.length, 1);
  const bodies = rig.recorder.all("alice → proxy ACK").map(({ message }) => message!.body);
  assert.deepEqual(new Set(bodies), new Set(["alice answer 1", "nothing of it"]));
  void call.end();
  await rig.assertNothingLeft();
});
