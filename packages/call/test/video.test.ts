/** Video: offered, taken, added, dropped, refused. RFC 3264 §8.1 to §8.3. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { Call } from "@trapezoid/call";
import { CallRig, type Phone } from "./rig.ts";

function hasVideo(call: Call): boolean {
  return call.media?.video !== undefined;
}

suite("video", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;

  beforeEach(() => {
    rig = new CallRig();
    alice = rig.phone("alice");
    bob = rig.phone("bob");
  });

  test("is offered by who wants it, and taken by who answers with it", async () => {
    const from = alice.agent.dial(bob.uri, { video: true });
    await rig.run();
    void bob.call.answer({ video: true });
    await rig.run(200);
    assert.deepEqual([from.media?.video?.direction, bob.call.media?.video?.direction], ["sendrecv", "sendrecv"]);
    await from.video();
    void from.hangUp();
    await rig.assertNothingLeft();
  });

  test("is left out by who answers without it; the call is one of sound", async () => {
    const { from, to } = await rig.connect(alice, bob, { video: true });
    assert.deepEqual([from.media?.video, to.media?.video], [undefined, undefined]);
    void from.hangUp();
    await rig.assertNothingLeft();
  });

  test("is added to a call by who wants it, once the other side takes it; and dropped by either", async () => {
    const from = alice.agent.dial(bob.uri);
    await rig.run();
    void bob.call.answer({ video: true });
    await rig.run(200);
    assert.equal(hasVideo(from), false);
    assert.equal(await rig.outcome(from.setVideo(true)), undefined);
    assert.deepEqual([from.media?.video?.direction, bob.call.media?.video?.direction], ["sendrecv", "sendrecv"]);
    const before = rig.recorder.count("INVITE");
    await rig.outcome(from.setVideo(true));
    assert.equal(rig.recorder.count("INVITE"), before, "it is there already");
    await rig.outcome(bob.call.setVideo(false));
    assert.deepEqual([hasVideo(from), hasVideo(bob.call)], [false, false]);
    // What the other side dropped is not offered again by the next change of something else.
    await rig.outcome(from.hold());
    assert.equal(hasVideo(bob.call), false);
    void from.hangUp();
    await rig.assertNothingLeft();
  });

  test("that the other side does not take rejects; later offers are without it", async () => {
    const { from } = await rig.connect(alice, bob);
    await rig.fails(from.setVideo(true), { code: "CALL_VIDEO_REFUSED", status: 488 });
    assert.equal(from.state, "active");
    await rig.outcome(from.hold());
    assert.equal(alice.lastMedia.log.filter((line) => line.startsWith("offer")).at(-1), "offer sendonly");
    void from.hangUp();
    await rig.assertNothingLeft();
  });

  test("a change that adds it and is refused leaves the call as it was", async () => {
    const { from } = await rig.connect(alice, bob);
    bob.lastMedia.refusal = { status: 488, reason: "no" };
    await rig.fails(from.setVideo(true), { status: 488 });
    bob.lastMedia.refusal = undefined;
    await rig.outcome(from.hold());
    assert.equal(alice.lastMedia.log.filter((line) => line.startsWith("offer")).at(-1), "offer sendonly");
    void from.hangUp();
    await rig.assertNothingLeft();
  });

  test("is still asked for after a change of the other side came in between", async () => {
    const from = alice.agent.dial(bob.uri);
    await rig.run();
    void bob.call.answer({ video: true });
    await rig.run(200);
    rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
    const asked = Promise.all([from.setVideo(true), bob.call.hold()]);
    await rig.run(110);
    assert.ok(rig.recorder.count("491 INVITE") >= 1);
    await rig.outcome(asked, 10_000);
    assert.deepEqual([from.media?.video?.direction, bob.call.media?.video?.direction], ["recvonly", "sendonly"]);
    void from.hangUp();
    await rig.assertNothingLeft();
  });
});
