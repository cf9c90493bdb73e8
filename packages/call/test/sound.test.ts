/** What a call plays and how long, what ends it, and what ends with it. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { Call } from "@trapezoid/call";
import { CallRig, type Phone } from "./rig.ts";

suite("sound", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;
  let from: Call;
  let to: Call;

  beforeEach(async () => {
    rig = new CallRig();
    alice = rig.phone("alice");
    bob = rig.phone("bob");
    ({ from, to } = await rig.connect(alice, bob));
  });

  const end = async (): Promise<void> => {
    void from.hangUp();
    await rig.assertNothingLeft();
  };

  test("play() resolves at the end of the sound, and when it is stopped by a signal or by the next one", async () => {
    const whole = to.play("a.wav");
    await rig.run();
    bob.lastMedia.endPlaying();
    assert.equal(await rig.outcome(whole), "ended");
    const stop = new AbortController();
    const stopped = to.play("a.wav", { signal: stop.signal });
    await rig.run();
    stop.abort();
    assert.equal(await rig.outcome(stopped), "stopped");
    const first = to.play("a.wav");
    const second = to.play("b.wav");
    assert.equal(await rig.outcome(first), "stopped");
    void from.hangUp();
    assert.equal(await rig.outcome(second), "stopped");
    await rig.assertNothingLeft();
  });

  test("untilDigit: the first digit stops it and stays unread; others leave it alone", async () => {
    const menu = to.play("menu.wav", { untilDigit: true });
    const music = from.play("music.wav");
    await rig.run();
    for (const phone of [alice, bob]) phone.lastMedia.events.emit("digit", "7", "event");
    assert.equal(await rig.outcome(menu), "stopped");
    assert.equal(alice.lastMedia.isPlaying, true);
    assert.equal(await rig.outcome(to.collectDigits(), 0), "7");
    void from.hangUp();
    assert.equal(await rig.outcome(music), "stopped");
    await rig.assertNothingLeft();
  });

  test("what media cannot do rejects, and the call goes on", async () => {
    bob.lastMedia.playFault = new TypeError("no such file");
    for (const ask of [() => to.play("a.wav"), () => to.record("a.wav"), () => to.sendDigits("1")]) {
      await rig.fails(ask(), { message: "no such file" });
    }
    assert.equal(to.state, "active");
    await end();
  });

  test("record, audio, mute and statistics reach the media", async () => {
    const recording = await to.record("a.wav");
    await recording.stop();
    await to.audio();
    await to.mute(true);
    assert.equal((await to.statistics()).codec, "PCMU");
    assert.deepEqual(bob.lastMedia.log.slice(-3), ["record a.wav", "audio", "mute true"]);
    await end();
  });

  test("media that times out ends the call, with a reason for the other side", async () => {
    alice.lastMedia.events.emit("timeout");
    await rig.run(100);
    assert.partialDeepStrictEqual(await from.ended, { cause: "media-timeout", by: "local", status: 408 });
    const told = await to.ended;
    assert.deepEqual(
      [told.cause, told.by, told.reasons],
      ["bye", "remote", [{ protocol: "SIP", cause: 408, text: "nothing was heard of the other side any more" }]],
    );
    await rig.assertNothingLeft();
  });

  test("media that fails ends the call, the first cause counts", async () => {
    alice.lastMedia.events.emit("failed", new TypeError("the thread is gone"));
    alice.lastMedia.events.emit("timeout");
    await rig.run(100);
    const { cause, text } = await from.ended;
    assert.deepEqual([cause, text], ["media-failed", "media is not possible: the thread is gone"]);
    assert.equal((await to.ended).reasons[0]?.cause, 500);
    await rig.assertNothingLeft();
  });

  test("without anything to offer no call goes out, and `answered` says why", async () => {
    const fault = new TypeError("no port is free");
    alice.media.noOffer = fault;
    const call = alice.agent.dial(bob.uri);
    await rig.fails(call.answered, {
      code: "CALL_FAILED",
      message: "media is not possible: no port is free",
      cause: fault,
    });
    assert.equal((await call.ended).cause, "media-failed");
    assert.equal(bob.calls.length, 1);
    await end();
  });

  test("who has nothing to answer with refuses: 480 for the caller, why for us", async () => {
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    bob.lastMedia.fault = new TypeError("no port is free");
    await rig.fails(bob.call.answer(), { code: "CALL_FAILED", message: "media is not possible: no port is free" });
    assert.equal((await bob.call.ended).cause, "media-failed");
    assert.equal((await call.ended).status, 480);
    await end();
  });

  test("an offer that cannot be taken is 488, with why", async () => {
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    bob.lastMedia.refusal = { status: 488, reason: 'no codec "of ours"' };
    await rig.fails(bob.call.answer(), { code: "CALL_FAILED", status: 488 });
    await rig.run();
    assert.deepEqual(
      [(await call.ended).text, (await bob.call.ended).cause, (await bob.call.ended).text],
      [
        'the other side refused the call: 488 Not Acceptable Here (no codec "of ours")',
        "negotiation",
        'the two sides could not agree on media: no codec "of ours"',
      ],
    );
    const warning = rig.recorder.response("488 INVITE").header("Warning");
    assert.equal(warning, '399 trapezoid.invalid "no codec \\"of ours\\""');
    await end();
  });

  test("an answer that cannot be taken ends the call after its ACK (RFC 3261 §13.2.2.4)", async () => {
    const call = alice.agent.dial(bob.uri);
    alice.lastMedia.refusalOfAnswer = { status: 488, reason: "other keys" };
    await rig.run();
    void bob.call.answer().catch(() => {});
    await rig.run(100);
    await rig.fails(call.answered, { code: "CALL_FAILED" });
    assert.equal((await call.ended).cause, "negotiation");
    await end();
  });

  test("answered waits for the media; a call that ends before is never up", async () => {
    const call = alice.agent.dial(bob.uri);
    const told: string[] = [];
    for (const event of ["answered", "ended"] as const) call.events.on(event, () => told.push(event));
    const settling = Promise.withResolvers<void>();
    alice.lastMedia.settling = settling.promise;
    await rig.run();
    void bob.call.answer();
    await rig.run(100);
    assert.deepEqual([call.state, told], ["active", []]);
    void bob.call.hangUp();
    await rig.run(100);
    settling.resolve();
    await rig.fails(call.answered, { code: "CALL_FAILED" });
    assert.deepEqual(told, ["ended"]);
    await end();
  });

  test("secured and warnings of media are the call's", async () => {
    const told: unknown[] = [];
    from.events.on("secured", (...args) => told.push(args));
    from.events.on("warning", (text) => told.push(text));
    alice.lastMedia.events.emit("secured", "abcd", false);
    alice.lastMedia.events.emit("warning", "other keys than last time");
    assert.deepEqual(told, [["abcd", false], "other keys than last time"]);
    await end();
  });

  test("a way that broke is mended by a new offer", async () => {
    const told: string[] = [];
    from.events.on("warning", (text) => told.push(text));
    alice.lastMedia.events.emit("interrupted", "nothing gets through");
    await rig.run(100);
    assert.equal(rig.recorder.count("alice → bob INVITE"), 2);
    assert.deepEqual(told, ["nothing gets through; another way is looked for"]);
    await end();
  });
});
