/** Calls that take the place of others, or join them. RFC 3891, RFC 3911. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { Call, IncomingCall } from "@trapezoid/call";
import { CallRig, type Phone } from "./rig.ts";

suite("replacing calls", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;
  let carol: Phone;

  beforeEach(() => {
    rig = new CallRig();
    alice = rig.phone("alice");
    bob = rig.phone("bob");
    carol = rig.phone("carol");
  });

  const end = async (): Promise<void> => {
    for (const phone of rig.phones) for (const call of phone.agent.calls) void call.hangUp();
    await rig.assertNothingLeft();
  };
  const watch = (call: Call): IncomingCall[] => {
    const replaced: IncomingCall[] = [];
    call.events.on("replaced", (next) => replaced.push(next));
    return replaced;
  };

  test("an active call: the new one is taken without asking, the old one hung up (RFC 3891 §3)", async () => {
    const { from, to } = await rig.connect(alice, bob);
    const replaced = watch(to);
    const taking = carol.agent.dial(bob.uri, { replaces: from.session.replacesValue() });
    await rig.run(200);
    assert.equal(taking.state, "active");
    assert.equal(replaced[0]?.state, "active");
    assert.equal(replaced[0]?.replaces, to);
    assert.deepEqual([(await to.ended).cause, (await to.ended).text], ["replaced", "another call took its place"]);
    assert.equal((await from.ended).cause, "bye");
    assert.deepEqual([bob.calls.length, [...bob.agent.calls]], [1, replaced]);
    await end();
  });

  test("by a phone that listens to nothing: the call goes on all the same", async () => {
    const dave = rig.phone("dave", { listens: false });
    const calling = dave.agent.dial(alice.uri);
    await rig.run();
    void alice.call.answer();
    await rig.run(100);
    const replaced = watch(calling);
    const taking = carol.agent.dial(dave.uri, { replaces: alice.call.session.replacesValue() });
    await rig.run(200);
    assert.deepEqual([taking.state, replaced[0]?.state, (await calling.ended).cause], ["active", "active", "replaced"]);
    await end();
  });

  test("a call of ours that rings: taken at once, and the old one cancelled (RFC 3891 §3, early dialogs)", async () => {
    const calling = alice.agent.dial(bob.uri);
    await rig.run();
    await bob.call.ring();
    await rig.run();
    const replaced = watch(calling);
    // Carol picks up what rings at Bob's.
    const taking = carol.agent.dial(alice.uri, { replaces: `${bob.call.session.replacesValue()};early-only` });
    await rig.run(200);
    assert.deepEqual([taking.state, replaced[0]?.state], ["active", "active"]);
    assert.equal((await calling.ended).cause, "replaced");
    await rig.fails(calling.answered, { code: "CALL_FAILED" });
    assert.equal((await bob.call.ended).cause, "cancelled");
    assert.equal(alice.calls.length, 0);
    await end();
  });

  test("a call to us that rings is not replaced: 481 (RFC 3891 §3)", async () => {
    const calling = alice.agent.dial(bob.uri);
    await rig.run();
    await bob.call.ring();
    await rig.run();
    const taking = carol.agent.dial(bob.uri, { replaces: calling.session.replacesValue() });
    await rig.fails(taking.answered, { status: 481 });
    assert.equal(calling.state, "ringing");
    await end();
  });

  test("a call that is gone is 603, one that never was 481, one that was to be replaced while it rang 486 (RFC 3891 §3)", async () => {
    const { from } = await rig.connect(alice, bob);
    const value = from.session.replacesValue();
    await rig.fails(carol.agent.call(bob.uri, { replaces: `${value};early-only` }), { status: 486 });
    void from.hangUp();
    await rig.run(100);
    await rig.fails(carol.agent.call(bob.uri, { replaces: value }), { status: 603 });
    await rig.fails(carol.agent.call(bob.uri, { replaces: "nothing@test;to-tag=a;from-tag=b" }), { status: 481 });
    await end();
  });

  test("a replacement that cannot be answered leaves the call as it was (RFC 3891 §3)", async () => {
    const { from, to } = await rig.connect(alice, bob);
    bob.media.nextRefusal = { status: 488, reason: "no codec" };
    await rig.fails(carol.agent.call(bob.uri, { replaces: from.session.replacesValue() }), { status: 488 });
    assert.deepEqual([from.state, to.state], ["active", "active"]);
    await end();
  });

  test("what had to be encrypted stays so, and video stays", async () => {
    const calling = bob.agent.dial(alice.uri, { media: { srtp: "required" }, video: true });
    await rig.run();
    void alice.call.answer({ video: true });
    await rig.run(100);
    carol.agent.dial(bob.uri, { replaces: alice.call.session.replacesValue(), video: true });
    await rig.run(200);
    assert.equal(bob.lastMedia.options.profile.srtp, "required");
    assert.equal(bob.lastMedia.log[0], "answer sendrecv video sendrecv");
    assert.equal((await calling.ended).cause, "replaced");
    await end();
  });

  test("Join: the new call is asked about like any other, and knows which one it joins (RFC 3911)", async () => {
    const { from, to } = await rig.connect(alice, bob);
    const joining = carol.agent.dial(bob.uri, { join: from.session.replacesValue() });
    await rig.run();
    assert.deepEqual([bob.call.joins, bob.call.replaces], [to, undefined]);
    void bob.call.answer();
    await rig.run(100);
    assert.deepEqual([joining.state, from.state, to.state], ["active", "active", "active"]);
    await end();
  });
});
