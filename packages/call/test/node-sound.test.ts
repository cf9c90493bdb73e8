/** Node's media in calls, over virtual sockets: what one side plays the other hears. */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { before, beforeEach, suite, test } from "node:test";
import type { Call, MediaProfile } from "@trapezoid/call";
import { opus } from "@trapezoid/codec";
import { Ear } from "./ear.ts";
import { CallRig, type Phone } from "./rig.ts";

suite("sound of Node", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;

  const open = (media: MediaProfile = {}): void => {
    rig = new CallRig();
    alice = rig.phone("alice", { sound: {}, media });
    bob = rig.phone("bob", { sound: {}, media });
  };
  // It takes real time, which a clock that stands still knows nothing of.
  before(async () => (await opus.createEncoder())[Symbol.dispose]());
  beforeEach(() => open({ codecs: ["PCMU"] }));

  const end = async (...calls: Call[]): Promise<void> => {
    for (const call of calls) void call.hangUp();
    await rig.assertNothingLeft();
  };

  for (const codec of ["PCMU", "PCMA", "G722", "opus", "L16"]) {
    for (const srtp of ["off", "required"] as const) {
      test(`${codec}, srtp ${srtp}: a tone each way`, async () => {
        open({ codecs: [codec], srtp });
        const { from, to } = await rig.connect(alice, bob);
        assert.equal(from.media?.audio?.codec, codec);
        assert.equal(to.media?.audio?.security, srtp === "off" ? "none" : "sdes");
        void from.play({ kind: "sine", hz: 440 });
        void to.play({ kind: "sine", hz: 1_000 });
        await rig.run(200);
        const [atAlice, atBob] = [await Ear.of(from), await Ear.of(to)];
        await rig.run(800);
        assert.ok(atAlice.isTone(1_000));
        assert.ok(atBob.isTone(440));
        await end(from);
      });
    }
  }

  test("muted, nothing is heard; unmuted, it is; on hold nothing goes either way, and resumed it does", async () => {
    const { from, to } = await rig.connect(alice, bob);
    const [atAlice, atBob] = [await Ear.of(from), await Ear.of(to)];
    void from.play({ kind: "sine", hz: 440 });
    void to.play({ kind: "sine", hz: 1_000 });
    await rig.run(1_000);
    assert.ok(atBob.isTone(440));
    await from.mute(true);
    await rig.run(1_000);
    assert.ok(atBob.isSilent());
    await from.mute(false);
    await rig.run(1_000);
    assert.ok(atBob.isTone(440));
    await rig.outcome(from.hold());
    atAlice.heard(0);
    atBob.heard(0);
    await rig.run(1_000);
    assert.ok(atBob.isSilent());
    assert.ok(atAlice.isSilent());
    await rig.outcome(from.resume());
    atAlice.heard(0);
    atBob.heard(0);
    await rig.run(1_000);
    assert.ok(atBob.isTone(440));
    assert.ok(atAlice.isTone(1_000));
    await end(from);
  });

  test("music on hold is heard by who is held, and ends when the call is resumed", async () => {
    const { from, to } = await rig.connect(alice, bob);
    const atBob = await Ear.of(to);
    await rig.outcome(from.hold({ play: { kind: "sine", hz: 700 } }));
    await rig.run(1_000);
    assert.ok(atBob.isTone(700));
    await rig.outcome(from.resume());
    atBob.heard(0);
    await rig.run(1_000);
    assert.ok(atBob.isSilent());
    await end(from);
  });

  test("an echo comes back", async () => {
    const { from, to } = await rig.connect(alice, bob);
    const atAlice = await Ear.of(from);
    void to.play({ kind: "echo" });
    void from.play({ kind: "sine", hz: 440 });
    await rig.run(1_500);
    assert.ok(atAlice.isTone(440));
    await end(from);
  });

  test("three calls in a mix: each hears the others and not itself", async () => {
    const carol = rig.phone("carol", { sound: {}, media: { codecs: ["PCMU"] } });
    const dave = rig.phone("dave", { sound: {}, media: { codecs: ["PCMU"] } });
    const pairs = [];
    for (const phone of [bob, carol, dave]) pairs.push(await rig.connect(phone, alice));
    for (const { to } of pairs) void to.play({ kind: "mix", group: "room" });
    void pairs[0]!.from.play({ kind: "sine", hz: 440 });
    const ears = await Promise.all(pairs.map(({ from }) => Ear.of(from)));
    await rig.run(1_500);
    assert.ok(ears[0]!.isSilent());
    assert.ok(ears[1]!.isTone(440));
    assert.ok(ears[2]!.isTone(440));
    await end(...pairs.map(({ from }) => from));
  });

  test("digits go as events where those are agreed, as tones where they are not, and each is heard once", async () => {
    for (const digitEvents of [true, false]) {
      open({ codecs: ["PCMU"], digitEvents });
      const { from, to } = await rig.connect(alice, bob);
      const told: string[] = [];
      to.events.on("digit", ({ digit, by }) => told.push(`${digit} ${by}`));
      const sending = from.sendDigits("159#", { toneMs: 100 });
      await rig.outcome(sending, 2_000);
      const by = digitEvents ? "event" : "tones";
      assert.deepEqual(
        told,
        ["1", "5", "9", "#"].map((digit) => `${digit} ${by}`),
      );
      await end(from);
    }
  });

  test("a recording ends with the call, by its time or when it is stopped, and holds what was heard", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "trapezoid-call-"));
    try {
      const { from, to } = await rig.connect(alice, bob);
      void from.play({ kind: "sine", hz: 440 });
      const file = (name: string): string => path.join(folder, name);
      const whole = await to.record(file("whole.wav"));
      const timed = await to.record(file("timed.wav"), { maxSeconds: 1 });
      const signal = new AbortController();
      const stopped = await to.record(file("stopped.wav"), { signal: signal.signal, channels: "dual" });
      await rig.run(500);
      signal.abort();
      await rig.run(1_500);
      void from.hangUp();
      await rig.run(100);
      const ms = await Promise.all([whole, timed, stopped].map(async ({ finished }) => (await finished).ms));
      assert.ok(
        Math.abs(ms[0]! - 2_000) < 120 && Math.abs(ms[1]! - 1_000) < 60 && Math.abs(ms[2]! - 500) < 60,
        `${ms}`,
      );
      const wav = await readFile(file("whole.wav"));
      assert.equal(wav.length, 44 + ms[0]! * 16);
      await end(from);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("what cannot be recorded or played rejects, and the call goes on", async () => {
    const { from } = await rig.connect(alice, bob);
    await rig.fails(from.record("/nowhere/at/all.wav"), { code: "MEDIA_RECORDING_FAILED" });
    await rig.fails(from.record(), { code: "CALL_NO_PATH" });
    await rig.fails(from.play("/nowhere/at/all.wav"), { code: "MEDIA_BAD_FILE" });
    await rig.fails(from.play({ kind: "tone", tone: "jingle" }), { code: "MEDIA_UNKNOWN_TONE" });
    await rig.fails(from.video(), { code: "CALL_NO_VIDEO" });
    assert.equal(from.state, "active");
    await end(from);
  });

  test("statistics count what went and came, and stay when the call is over", async () => {
    const { from, to } = await rig.connect(alice, bob);
    await rig.run(5_000);
    const { codec, sent, received, mos, remote } = await from.statistics();
    assert.ok(
      sent.packets > 240 && received.packets > 240 && received.lost === 0,
      `${sent.packets} ${received.packets}`,
    );
    assert.deepEqual([codec, remote?.split(":")[0]], ["PCMU", bob.address]);
    assert.ok(mos !== undefined && mos > 4);
    await end(from);
    assert.ok((await from.statistics()).received.packets >= received.packets);
    assert.ok((await to.statistics()).received.packets >= received.packets);
  });

  test("a side that falls silent for longer than the limit ends the call with media-timeout", async () => {
    rig = new CallRig();
    alice = rig.phone("alice", { sound: { limits: { mediaTimeoutMs: 5_000 } }, media: { codecs: ["PCMU"] } });
    bob = rig.phone("bob", { sound: {}, media: { codecs: ["PCMU"] } });
    const { from, to } = await rig.connect(alice, bob);
    await rig.run(10_000);
    assert.equal(from.state, "active");
    rig.datagrams.conditions = { loss: 1 };
    await rig.run(6_000);
    assert.equal((await from.ended).cause, "media-timeout");
    assert.equal((await to.ended).reasons[0]?.cause, 408);
    await end(from);
  });

  test("without a free port a call comes to nothing; with one again it comes to pass", async () => {
    rig = new CallRig();
    alice = rig.phone("alice", { sound: { ports: [20_000, 20_001] }, media: { codecs: ["PCMU"] } });
    bob = rig.phone("bob", { sound: {} });
    const { from } = await rig.connect(alice, bob);
    const second = alice.agent.dial(bob.uri);
    await rig.fails(second.answered, { code: "CALL_FAILED" });
    assert.equal((await second.ended).cause, "media-failed");
    const third = bob.agent.dial(alice.uri);
    await rig.run();
    await rig.fails(alice.call.answer(), { code: "CALL_FAILED" });
    assert.equal((await third.ended).status, 480);
    void from.hangUp();
    await rig.run(100);
    const { from: fourth } = await rig.connect(alice, bob);
    await end(fourth);
  });
});
