/** Sound before the answer, of one callee or of several, and whose counts in the end. RFC 3261 §13.2.2.4, RFC 3262, RFC 6337 §3.1.1. */

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { OutgoingCall, UserAgentSettings } from "@trapezoid/call";
import { Ear } from "./ear.ts";
import { CallRig, type Phone } from "./rig.ts";

const media = { codecs: ["PCMU"] } as const;

interface Scene {
  readonly rig: CallRig;
  readonly alice: Phone;
  readonly bob: Phone;
  readonly carol: Phone;
}

function scene(reliableProvisional: NonNullable<UserAgentSettings["reliableProvisional"]>): Scene {
  const rig = new CallRig();
  rig.proxy(() => ["sip:bob@10.0.0.3", "sip:carol@10.0.0.4"]);
  const phone = (name: string): Phone => rig.phone(name, { sound: {}, media, reliableProvisional });
  return { rig, alice: phone("alice"), bob: phone("bob"), carol: phone("carol") };
}

/** What is played before the answer is heard by the caller. */
async function early(rig: CallRig, phone: Phone, hz: number): Promise<void> {
  void phone.call.earlyMedia();
  await rig.run(100);
  void phone.call.play({ kind: "sine", hz });
}

async function hears(rig: CallRig, call: OutgoingCall, hz: number): Promise<boolean> {
  const ear = await Ear.of(call);
  await rig.run(1_000);
  return ear.isTone(hz);
}

suite("early media", () => {
  for (const reliable of ["off", "supported", "required"] as const) {
    test(`is heard before the answer, and goes on after it (100rel ${reliable})`, async () => {
      const { rig, alice, bob } = scene(reliable);
      const call = alice.agent.dial(bob.uri);
      await rig.run();
      await early(rig, bob, 440);
      assert.equal(rig.recorder.count("PRACK") > 0, reliable !== "off");
      assert.equal(call.state, "ringing");
      assert.ok(await hears(rig, call, 440));
      void bob.call.answer();
      await rig.run(100);
      assert.equal(call.state, "active");
      assert.ok(await hears(rig, call, 440));
      void call.hangUp();
      await rig.assertNothingLeft();
    });

    test(`of a fork: who answers is heard, whoever was heard before (100rel ${reliable})`, async () => {
      for (const winner of ["bob", "carol"] as const) {
        const { rig, alice, bob, carol } = scene(reliable);
        const call = alice.agent.dial("sip:all@10.0.0.1");
        await rig.run();
        await early(rig, bob, 440);
        await early(rig, carol, 1_000);
        assert.ok(await hears(rig, call, 1_000), "the latest is heard");
        const [phone, hz] = winner === "bob" ? [bob, 440] : [carol, 1_000];
        void phone.call.answer();
        await rig.run(200);
        assert.equal(call.state, "active");
        assert.equal((await call.statistics()).remote?.split(":")[0], phone.address);
        assert.ok(await hears(rig, call, hz), "who has answered is heard");
        assert.equal((winner === "bob" ? carol : bob).call.state, "ended");
        void call.hangUp();
        await rig.assertNothingLeft();
      }
    });
  }

  test("a 183 that tells all and a 200 without a description: what was told is in force, and can be changed", async () => {
    const { rig, alice, bob } = scene("off");
    const { network } = rig;
    const send = network.sendDatagram.bind(network);
    network.sendDatagram = (kind, from, to, text) => send(kind, from, to, withoutDescription(text));
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    await early(rig, bob, 440);
    void bob.call.answer();
    await rig.run(100);
    assert.equal(call.state, "active");
    assert.ok(await hears(rig, call, 440));
    network.sendDatagram = send;
    assert.equal(await rig.outcome(call.hold()), undefined);
    assert.equal(bob.call.held.byThem, true);
    void call.hangUp();
    await rig.assertNothingLeft();
  });

  test("a call that is redirected after early media has that of whom it reaches (RFC 3261 §8.1.3.4)", async () => {
    const { rig, alice, bob, carol } = scene("off");
    const call = alice.agent.dial(bob.uri);
    await rig.run();
    await early(rig, bob, 440);
    bob.call.redirect([carol.uri]);
    await rig.run(100);
    void carol.call.answer();
    await rig.run(100);
    void carol.call.play({ kind: "sine", hz: 1_000 });
    assert.equal(call.state, "active");
    assert.ok(await hears(rig, call, 1_000));
    void call.hangUp();
    await rig.assertNothingLeft();
  });
});

/** The 200 to an INVITE as gateways send it that have told all before. */
function withoutDescription(text: string): string {
  if (!text.startsWith("SIP/2.0 200 ") || !/^CSeq: \d+ INVITE\r$/m.test(text)) return text;
  const head = text.slice(0, text.indexOf("\r\n\r\n"));
  return `${head.replace(/^Content-Type:.*\r\n/im, "").replace(/^Content-Length:.*$/im, "Content-Length: 0")}\r\n\r\n`;
}
