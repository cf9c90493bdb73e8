/** Calls of Node whose own address changes while they go on. RFC 3264 §8.3.1, RFC 3261 §14. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { Call } from "@trapezoid/call";
import { Ear } from "./ear.ts";
import { CallRig, type Phone } from "./rig.ts";

const elsewhere = "10.0.0.22";

suite("an address of ours changes", () => {
  let rig: CallRig;
  let alice: Phone;
  let bob: Phone;
  let from: Call;
  let to: Call;

  beforeEach(async () => {
    rig = new CallRig();
    alice = rig.phone("alice", { sound: {}, media: { srtp: "required" } });
    bob = rig.phone("bob", { sound: {} });
    ({ from, to } = await rig.connect(alice, bob, { media: { codecs: ["PCMU"] } }));
    void from.play({ kind: "sine", hz: 440 });
    void to.play({ kind: "sine", hz: 1_000 });
  });

  const end = async (): Promise<void> => {
    void from.hangUp();
    await rig.assertNothingLeft();
  };
  const bothHear = async (): Promise<boolean> => {
    const ears = [await Ear.of(from), await Ear.of(to)] as const;
    await rig.run(1_000);
    return ears[0].isTone(1_000) && ears[1].isTone(440);
  };
  const remote = async (call: Call): Promise<string | undefined> => (await call.statistics()).remote?.split(":")[0];

  test("refresh() takes the sound to the new one; the old sockets are closed", async () => {
    assert.equal(await rig.outcome(from.refresh()), undefined);
    assert.equal(await remote(to), alice.address, "where nothing has changed nothing does");
    alice.mediaAddress = elsewhere;
    assert.equal(await rig.outcome(from.refresh()), undefined);
    assert.equal(await remote(to), elsewhere);
    assert.ok(await bothHear());
    assert.equal(rig.datagrams.open, 2, "a socket each, for both share RTCP's");
    await end();
  });

  test("so does any other change, and the answer to one of the other side", async () => {
    alice.mediaAddress = elsewhere;
    await rig.outcome(from.hold());
    await rig.outcome(from.resume());
    assert.equal(await remote(to), elsewhere);
    bob.mediaAddress = "10.0.0.33";
    await rig.outcome(from.refresh());
    assert.equal(await remote(from), "10.0.0.33");
    assert.ok(await bothHear());
    await end();
  });

  test("a refresh that is refused leaves media where it was", async () => {
    alice.mediaAddress = elsewhere;
    const { sound } = to;
    const answer = sound.answer.bind(sound);
    sound.answer = async () => ({ status: 488, reason: "no" });
    await rig.fails(from.refresh(), { status: 488 });
    sound.answer = answer;
    assert.equal(rig.datagrams.open, 2);
    assert.ok(await bothHear());
    await end();
  });

  test("where no socket can be opened the call goes on where it is, with a warning", async () => {
    const warnings: string[] = [];
    from.events.on("warning", (text) => warnings.push(text));
    rig.datagrams.absent = elsewhere;
    alice.mediaAddress = elsewhere;
    assert.equal(await rig.outcome(from.refresh()), undefined);
    assert.match(warnings[0] ?? "", /^media stays at 10\.0\.0\.2: /);
    assert.ok(await bothHear());
    await end();
  });
});
