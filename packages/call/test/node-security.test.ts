/** Encryption by SDES: who offers it, who demands it, and what comes of it. RFC 4568. */

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { MediaProfile, MediaSecurity } from "@trapezoid/call";
import { Ear } from "./ear.ts";
import { RawPeer } from "./raw-peer.ts";
import { CallRig } from "./rig.ts";

type Srtp = NonNullable<MediaProfile["srtp"]>;

/** By what the caller and the callee want; a number: the call is refused. */
const outcomes: Readonly<Record<Srtp, Readonly<Record<Srtp, MediaSecurity | 488>>>> = {
  off: { off: "none", offer: "none", required: 488 },
  offer: { off: "none", offer: "sdes", required: "sdes" },
  required: { off: 488, offer: "sdes", required: "sdes" },
};

suite("encryption", () => {
  for (const [caller, row] of Object.entries(outcomes) as [Srtp, (typeof outcomes)[Srtp]][]) {
    for (const [callee, outcome] of Object.entries(row) as [Srtp, MediaSecurity | 488][]) {
      test(`${caller} calls ${callee}: ${outcome}`, async () => {
        const rig = new CallRig();
        const alice = rig.phone("alice", { sound: {}, media: { srtp: caller, codecs: ["PCMU"] } });
        const bob = rig.phone("bob", { sound: {}, media: { srtp: callee, codecs: ["PCMU"] } });
        const call = alice.agent.dial(bob.uri);
        await rig.run();
        void bob.call.answer().catch(() => {});
        await rig.run(100);
        if (outcome === 488) {
          await rig.fails(call.answered, { code: "CALL_FAILED", status: 488 });
        } else {
          assert.deepEqual([call.media?.audio?.security, bob.call.media?.audio?.security], [outcome, outcome]);
          const ears = [await Ear.of(call), await Ear.of(bob.call)];
          void call.play({ kind: "sine", hz: 440 });
          void bob.call.play({ kind: "sine", hz: 440 });
          await rig.run(800);
          assert.ok(ears.every((ear) => ear.isTone(440)));
          void call.hangUp();
        }
        await rig.assertNothingLeft();
      });
    }
  }

  test("keys stay for the life of the call: hold, resume and refresh offer the same, and it is heard on (RFC 4568 §7.1.4)", async () => {
    const rig = new CallRig();
    const alice = rig.phone("alice", { sound: {}, media: { srtp: "required", codecs: ["PCMU"] } });
    const bob = rig.phone("bob", { sound: {}, media: { codecs: ["PCMU"] } });
    const { from, to } = await rig.connect(alice, bob);
    const ear = await Ear.of(to);
    void from.play({ kind: "sine", hz: 440 });
    await rig.outcome(from.hold());
    await rig.outcome(from.resume());
    await rig.outcome(to.refresh());
    await rig.outcome(from.refresh());
    ear.heard(0);
    await rig.run(1_000);
    assert.ok(ear.isTone(440));
    const keysOf = (label: string): Set<string> =>
      new Set(
        rig.recorder
          .all(label)
          .slice(1)
          .flatMap(({ message }) =>
            [...(message?.body ?? "").matchAll(/^a=crypto:\d+ (.+)\r$/gm)].map(([, key]) => key!),
          ),
      );
    assert.equal(keysOf("alice → bob INVITE").size, 1);
    assert.equal(keysOf("bob → alice 200 INVITE").size, 1);
    void from.hangUp();
    await rig.assertNothingLeft();
  });

  test("new keys of the other side are taken with its re-INVITE", async () => {
    const rig = new CallRig();
    const alice = rig.phone("alice", { sound: {}, media: { codecs: ["PCMU"] } });
    const raw = new RawPeer(rig, "bob");
    const crypto = (octet: number): string =>
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30, octet).toString("base64")}`;
    raw.say([{ protocol: "RTP/SAVP", lines: [crypto(1)] }]);
    const session = raw.invite(alice);
    await rig.run();
    void alice.call.answer();
    await rig.run(100);
    assert.equal(alice.call.media?.audio?.security, "sdes");
    raw.say([{ protocol: "RTP/SAVP", lines: [crypto(2)] }]);
    assert.ok(!((await rig.outcome(session.reinvite())) instanceof Error));
    assert.equal(alice.call.media?.audio?.security, "sdes");
    void session.end();
    await rig.assertNothingLeft();
  });

  test("a call that is encrypted by demand does not become plain by a re-INVITE: 488", async () => {
    const rig = new CallRig();
    const alice = rig.phone("alice", { sound: {}, media: { codecs: ["PCMU"], srtp: "required" } });
    const raw = new RawPeer(rig, "bob");
    const key = Buffer.alloc(30, 1).toString("base64");
    raw.say([{ protocol: "RTP/SAVP", lines: [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`] }]);
    const session = raw.invite(alice);
    await rig.run();
    void alice.call.answer();
    await rig.run(100);
    raw.say([{}]);
    await rig.fails(session.reinvite(), { status: 488 });
    assert.deepEqual([alice.call.state, alice.call.media?.audio?.security], ["active", "sdes"]);
    void session.end();
    await rig.assertNothingLeft();
  });
});
