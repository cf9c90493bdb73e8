/** Hold and other changes of a running call: refused, glaring, given up, from both sides. RFC 3261 §14, RFC 3264 §8.4, RFC 6337 §5.3. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { type Call, CallError } from "@trapezoid/call";
import type { FakeMedia } from "./fake-media.ts";
import { CallRig, type Pair, type Phone } from "./rig.ts";

suite("changing calls", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;
  let from: Call;
  let to: Call;

  beforeEach(async () => {
    rig = new CallRig();
    alice = rig.phone("alice");
    bob = rig.phone("bob");
    ({ from, to } = (await rig.connect(alice, bob)) satisfies Pair);
  });

  const end = async (): Promise<void> => {
    void from.hangUp();
    await rig.assertNothingLeft();
  };
  /** What is agreed, seen by both. */
  const directions = (): unknown => [from.media?.audio?.direction, to.media?.audio?.direction];
  /** The next re-INVITEs to a phone are refused. */
  const refuse = (media: FakeMedia, status: number | undefined): void => {
    media.refusal = status === undefined ? undefined : { status, reason: "no" };
  };

  test("hold() and resume(): the other side is told, and hears nothing meanwhile", async () => {
    const told: unknown[] = [];
    to.events.on("held", (byThem) => told.push(byThem));
    assert.equal(await rig.outcome(from.hold()), undefined);
    assert.deepEqual(directions(), ["sendonly", "recvonly"]);
    assert.deepEqual(
      [from.held, to.held],
      [
        { byUs: true, byThem: false },
        { byUs: false, byThem: true },
      ],
    );
    assert.equal(alice.lastMedia.isMuted, true);
    await rig.outcome(from.resume());
    assert.deepEqual(directions(), ["sendrecv", "sendrecv"]);
    assert.deepEqual([told, alice.lastMedia.isMuted], [[true, false], false]);
    await end();
  });

  test("holding twice and resuming twice is one of each", async () => {
    await rig.outcome(Promise.all([from.hold(), from.hold()]));
    await rig.outcome(Promise.all([from.resume(), from.resume()]));
    assert.equal(rig.recorder.count("alice → bob INVITE"), 3);
    await end();
  });

  test("who was muted stays muted when the call is resumed", async () => {
    await from.mute(true);
    await rig.outcome(from.hold());
    await rig.outcome(from.resume());
    assert.equal(alice.lastMedia.isMuted, true);
    await from.mute(false);
    await rig.outcome(from.hold());
    // Silence is what hold means; being heard again waits until it is over.
    await from.mute(true);
    await from.mute(false);
    assert.equal(alice.lastMedia.isMuted, true);
    await rig.outcome(from.resume());
    assert.equal(alice.lastMedia.isMuted, false);
    await end();
  });

  test("music on hold is heard even from who is muted, and ends with the hold", async () => {
    await from.mute(true);
    await rig.outcome(from.hold({ play: "music.wav" }));
    assert.deepEqual([alice.lastMedia.isMuted, alice.lastMedia.isPlaying], [false, true]);
    await rig.outcome(from.resume());
    assert.deepEqual([alice.lastMedia.isMuted, alice.lastMedia.isPlaying], [true, false]);
    await end();
  });

  test("other music while it is on hold takes the place of the first", async () => {
    await rig.outcome(from.hold({ play: "one.wav" }));
    await rig.outcome(from.hold({ play: "two.wav" }));
    assert.equal(rig.recorder.count("alice → bob INVITE"), 2);
    assert.deepEqual(
      alice.lastMedia.log.filter((line) => line.startsWith("play")),
      ["play one.wav", "play stopped", "play two.wav"],
    );
    await end();
  });

  test("music that cannot be played is a warning; the call is on hold all the same", async () => {
    const warnings: string[] = [];
    from.events.on("warning", (text) => warnings.push(text));
    alice.lastMedia.playFault = new TypeError("no such file");
    assert.equal(await rig.outcome(from.hold({ play: "none.wav" })), undefined);
    assert.equal(from.held.byUs, true);
    assert.deepEqual(warnings, ["who is on hold hears nothing: no such file"]);
    await end();
  });

  test("a hold that is refused leaves the call as it was (RFC 3261 §14.1)", async () => {
    refuse(bob.lastMedia, 488);
    await rig.fails(from.hold(), { status: 488 });
    assert.deepEqual([from.state, to.state, from.held.byUs], ["active", "active", false]);
    assert.equal(alice.lastMedia.log.at(-1), "rollBack");
    assert.equal(alice.lastMedia.isMuted, false);
    refuse(bob.lastMedia, undefined);
    assert.equal(await rig.outcome(from.hold()), undefined);
    refuse(bob.lastMedia, 488);
    await rig.fails(from.resume(), { status: 488 });
    assert.deepEqual([from.held.byUs, alice.lastMedia.isMuted], [true, true]);
    await end();
  });

  test("a hold that is answered 481 ends the call (RFC 3261 §12.2.1.2)", async () => {
    refuse(bob.lastMedia, 481);
    await rig.fails(from.hold());
    await rig.run(1_000);
    assert.equal((await from.ended).cause, "dialog-lost");
    await rig.assertNothingLeft();
  });

  test("both hold at once: 491, and both holds come to pass (RFC 3261 §14.1)", async () => {
    rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
    const holds = Promise.all([from.hold(), to.hold()]);
    await rig.run(100);
    assert.ok(rig.recorder.count("491 INVITE") >= 1);
    await rig.outcome(holds, 10_000);
    assert.deepEqual(directions(), ["inactive", "inactive"]);
    assert.deepEqual(
      [from.held, to.held],
      [
        { byUs: true, byThem: true },
        { byUs: true, byThem: true },
      ],
    );
    await end();
  });

  test("holding while the other side holds, and each resumes by itself", async () => {
    await rig.outcome(to.hold());
    assert.deepEqual(directions(), ["recvonly", "sendonly"]);
    await rig.outcome(from.hold());
    assert.deepEqual(directions(), ["inactive", "inactive"]);
    await rig.outcome(to.resume());
    assert.deepEqual(directions(), ["sendonly", "recvonly"]);
    assert.deepEqual(
      [from.held, to.held],
      [
        { byUs: true, byThem: false },
        { byUs: false, byThem: true },
      ],
    );
    await rig.outcome(from.resume());
    assert.deepEqual(directions(), ["sendrecv", "sendrecv"]);
    await end();
  });

  test("hold and video asked for at once are done one after the other", async () => {
    to.session.events.on("modified", () => {});
    const both = Promise.all([from.hold(), from.setVideo(true)]);
    const told = await rig.outcome(both, 500);
    assert.ok(told instanceof CallError && told.code === "CALL_VIDEO_REFUSED");
    assert.equal(from.held.byUs, true);
    await end();
  });

  test("a hold that is given up is cancelled, and the call is as it was", async () => {
    rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
    const giveUp = new AbortController();
    const holding = from.hold({ signal: giveUp.signal });
    await rig.run(10);
    giveUp.abort();
    await rig.fails(holding, { code: "CALL_ABORTED" }, 0);
    assert.equal(from.held.byUs, false);
    await rig.run(5_000);
    assert.deepEqual(directions(), ["sendrecv", "sendrecv"]);
    assert.equal(to.held.byThem, false);
    await end();
  });

  test("a hold that was given up and is granted all the same is taken back (RFC 3261 §9.1)", async () => {
    rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
    const giveUp = new AbortController();
    const holding = from.hold({ signal: giveUp.signal });
    await rig.run(60);
    // The 200 is on its way.
    assert.equal(to.held.byThem, true);
    giveUp.abort();
    await rig.fails(holding, {}, 0);
    await rig.run(5_000);
    assert.deepEqual([from.held.byUs, to.held.byThem], [false, false]);
    assert.deepEqual(directions(), ["sendrecv", "sendrecv"]);
    await end();
  });

  test("a signal that is aborted already asks for nothing", async () => {
    const signal = AbortSignal.abort();
    for (const change of [
      () => from.hold({ signal }),
      () => from.refresh({ signal }),
      () => from.setVideo(true, { signal }),
    ]) {
      await rig.fails(change(), { code: "CALL_ABORTED" });
    }
    assert.equal(rig.recorder.count("alice → bob INVITE"), 1);
    await end();
  });

  test("the call ends while a hold is under way: it rejects, and nothing is left", async () => {
    rig.network.conditions = { ...rig.network.conditions, delayMs: 50 };
    const holding = from.hold();
    await rig.run(10);
    void to.hangUp();
    await rig.fails(holding, {}, 1_000);
    assert.equal((await from.ended).cause, "bye");
    await rig.assertNothingLeft();
  });

  test("refresh() asks anew for what is agreed, from where we are now", async () => {
    const { length } = alice.lastMedia.log;
    assert.equal(await rig.outcome(from.refresh()), undefined);
    assert.deepEqual(alice.lastMedia.log.slice(length), ["offer sendrecv", "accept"]);
    assert.equal(rig.recorder.count("alice → bob INVITE"), 2);
    await rig.outcome(from.hold());
    await rig.outcome(from.refresh());
    assert.deepEqual(directions(), ["sendonly", "recvonly"]);
    await end();
  });

  test("the other side's hold that our media cannot follow is 500; the call goes on and is warned (RFC 5057 §5.1)", async () => {
    const warnings: string[] = [];
    to.events.on("warning", (text) => warnings.push(text));
    bob.lastMedia.fault = new TypeError("no port is free");
    await rig.fails(from.hold(), { status: 500 });
    assert.deepEqual(warnings, ["a change that the other side wanted was refused: no port is free"]);
    assert.deepEqual([from.state, to.state], ["active", "active"]);
    bob.lastMedia.fault = undefined;
    await end();
  });

  test("a change that our own media cannot offer rejects, and the call goes on", async () => {
    const fault = new TypeError("no port is free");
    alice.lastMedia.fault = fault;
    assert.equal(await rig.outcome(from.hold()), fault);
    assert.deepEqual([from.state, from.held.byUs], ["active", false]);
    alice.lastMedia.fault = undefined;
    assert.equal(await rig.outcome(from.hold()), undefined);
    await end();
  });
});
