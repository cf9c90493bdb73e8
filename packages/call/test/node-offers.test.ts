/** What calls of Node make of other descriptions than their own: held, moved, refused, broken. RFC 3264, RFC 6337. */

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import type { MediaProfile } from "@trapezoid/call";
import { RawPeer } from "./raw-peer.ts";
import { CallRig, type Phone } from "./rig.ts";

suite("descriptions of others", () => {
  let rig: CallRig;
  let alice: Phone;
  let raw: RawPeer;
  /** Where media packets went since the last look, each once. */
  let sentTo: Set<string>;

  const open = (media: MediaProfile = {}): void => {
    rig = new CallRig();
    alice = rig.phone("alice", { sound: {}, media: { srtp: "off", codecs: ["PCMU", "PCMA"], ...media } });
    raw = new RawPeer(rig, "bob");
    sentTo = new Set();
    rig.datagrams.onSend = (octets, to) => {
      sentTo.add(`${to} ${octets[1]! & 0x7f}`);
      return octets;
    };
  };
  beforeEach(() => open());

  const dial = async (): Promise<ReturnType<Phone["agent"]["dial"]>> => {
    const call = alice.agent.dial(raw.agent.uri);
    await rig.run();
    void raw.agent.call.accept();
    await rig.run(100);
    return call;
  };
  const answered = async (withoutOffer = false): Promise<ReturnType<RawPeer["invite"]>> => {
    const session = raw.invite(alice, withoutOffer);
    await rig.run();
    void alice.call.answer().catch(() => {});
    await rig.run(100);
    return session;
  };
  const looks = async (): Promise<string[]> => {
    sentTo.clear();
    await rig.run(200);
    return [...sentTo].sort();
  };

  test("an INVITE without an offer: we offer in the 200 and take the answer of the ACK (RFC 3261 §13.2.1)", async () => {
    const session = await answered(true);
    assert.match(raw.last, /m=audio \d+ RTP\/AVP 0 8/);
    assert.deepEqual([alice.call.state, alice.call.media?.audio?.codec], ["active", "PCMU"]);
    assert.deepEqual(await looks(), ["10.0.0.3:30000 0"]);
    void session.end();
    await rig.assertNothingLeft();
  });

  test("our INVITE without an offer: theirs comes in the 200, our answer goes in the ACK (RFC 3261 §13.2.1)", async () => {
    const call = alice.agent.dial(raw.agent.uri, { withoutOffer: true });
    await rig.run();
    raw.say([{ formats: "8" }]);
    void raw.agent.call.accept();
    await rig.run(100);
    assert.deepEqual([call.state, call.media?.audio?.codec], ["active", "PCMA"]);
    assert.match(raw.last, /m=audio \d+ RTP\/AVP 8/);
    assert.deepEqual(await looks(), ["10.0.0.3:30000 8"]);
    void call.hangUp();
    await rig.assertNothingLeft();
  });

  test("an offer in the 200 that cannot be taken: acknowledged, and hung up", async () => {
    const call = alice.agent.dial(raw.agent.uri, { withoutOffer: true });
    await rig.run();
    raw.say([{ formats: "18" }]);
    void raw.agent.call.accept();
    await rig.fails(call.answered, { code: "CALL_FAILED" });
    assert.equal((await call.ended).cause, "negotiation");
    await rig.assertNothingLeft();
  });

  for (const host of ["media.example.com", "2001:db8::7"]) {
    test(`media at ${host}, where we cannot send: offers are refused with Warning 301, answers end the call (RFC 3261 §20.43)`, async () => {
      raw.say([{}], host);
      const session = raw.invite(alice);
      await rig.run();
      void alice.call.answer().catch(() => {});
      await rig.outcome(session.ended);
      const { status, message } = await session.ended;
      assert.equal(status, 488);
      assert.match(message?.header("Warning") ?? "", /^301 trapezoid\.invalid "media is wanted at /);
      const call = alice.agent.dial(raw.agent.uri);
      await rig.run();
      void raw.agent.call.accept();
      await rig.fails(call.answered, { code: "CALL_FAILED" });
      assert.equal((await call.ended).cause, "negotiation");
      await rig.assertNothingLeft();
    });
  }

  test("hold by c=0.0.0.0: nothing is sent there; resumed, it is heard again (RFC 3264 §8.4)", async () => {
    const call = await dial();
    assert.deepEqual(await looks(), ["10.0.0.3:30000 0"]);
    raw.say([{}], "0.0.0.0");
    await rig.outcome(raw.agent.call.reinvite());
    assert.deepEqual([call.held.byThem, call.media?.audio?.heldByRemote], [true, true]);
    const held = await looks();
    assert.equal(
      held.some((one) => one.startsWith("0.0.0.0") || one.endsWith(" 0")),
      false,
      `${held}`,
    );
    raw.say([{}]);
    await rig.outcome(raw.agent.call.reinvite());
    assert.equal(call.held.byThem, false);
    assert.deepEqual(await looks(), ["10.0.0.3:30000 0"]);
    void call.hangUp();
    await rig.assertNothingLeft();
  });

  test("a call that begins on hold by c=0.0.0.0 can be taken off it", async () => {
    raw.say([{}], "0.0.0.0");
    const session = await answered();
    assert.deepEqual([alice.call.state, alice.call.held.byThem], ["active", true]);
    assert.deepEqual(await looks(), []);
    raw.say([{}]);
    await rig.outcome(session.reinvite());
    assert.deepEqual(await looks(), ["10.0.0.3:30000 0"]);
    void session.end();
    await rig.assertNothingLeft();
  });

  test("a re-INVITE with another codec, port and address: media follows at once (RFC 3264 §8.3)", async () => {
    const call = await dial();
    raw.say([{ formats: "8", port: 31_000 }], "10.0.0.9");
    await rig.outcome(raw.agent.call.reinvite());
    assert.equal(call.media?.audio?.codec, "PCMA");
    assert.deepEqual(await looks(), ["10.0.0.9:31000 8"]);
    void call.hangUp();
    await rig.assertNothingLeft();
  });

  test("a re-INVITE without an offer gets ours, with what is agreed (RFC 3261 §14.2)", async () => {
    const call = await dial();
    const before = raw.last;
    assert.ok(!((await rig.outcome(raw.agent.call.reinvite({ withoutOffer: true }))) instanceof Error));
    const port = /m=audio (\d+)/;
    assert.equal(port.exec(raw.last)?.[1], port.exec(before)?.[1]);
    assert.equal(call.state, "active");
    void call.hangUp();
    await rig.assertNothingLeft();
  });

  test("a re-INVITE that cannot be taken is 488, and the call goes on as it was (RFC 3261 §14.2)", async () => {
    const call = await dial();
    for (const sections of [[{ formats: "18" }], [{ port: 0 }], [{ protocol: "RTP/SAVP" }]]) {
      raw.say(sections);
      await rig.fails(raw.agent.call.reinvite(), { status: 488 });
      assert.equal(call.media?.audio?.codec, "PCMU");
    }
    assert.deepEqual(await looks(), ["10.0.0.3:30000 0"]);
    void call.hangUp();
    await rig.assertNothingLeft();
  });

  test("what is no description: 400 to an offer, the end to an answer; the call that runs goes on", async () => {
    for (const says of [
      "v=0\r\nm=",
      "\0\u00ff",
      "v=0\r\no=- 1 1 IN IP4 10.0.0.3\r\ns=-\r\nt=0 0\r\nm=audio 99999999 RTP/AVP 0\r\n",
    ]) {
      open();
      raw.says = says;
      const session = await answered();
      const { status } = await session.ended;
      assert.ok(status === 400 || status === 488, `${JSON.stringify(says)} got ${status}`);
      const call = alice.agent.dial(raw.agent.uri);
      await rig.run();
      void raw.agent.call.accept();
      await rig.fails(call.answered, { code: "CALL_FAILED" }, 1_000);
      assert.equal((await call.ended).cause, "negotiation");
      raw.say([{}]);
      const good = await dial();
      raw.says = says;
      await rig.fails(raw.agent.call.reinvite(), {}, 1_000);
      assert.equal(good.state, "active");
      void good.hangUp();
      await rig.assertNothingLeft();
    }
  });

  test("an answer that refuses the sound ends the call", async () => {
    raw.say([{ port: 0 }]);
    const call = alice.agent.dial(raw.agent.uri);
    await rig.run();
    void raw.agent.call.accept();
    await rig.fails(call.answered, { code: "CALL_FAILED" });
    assert.equal((await call.ended).cause, "negotiation");
    await rig.assertNothingLeft();
  });

  test("of several sections for sound one is taken, the others are refused; where encryption may be, the encrypted one", async () => {
    const crypto = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30, 7).toString("base64")}`;
    const sections = [{ port: 30_000 }, { port: 30_002, protocol: "RTP/SAVP", lines: [crypto] }, { port: 30_004 }];
    for (const [srtp, taken, security] of [
      ["off", [true, false, false], "none"],
      ["offer", [false, true, false], "sdes"],
      ["required", [false, true, false], "sdes"],
    ] as const) {
      open({ srtp });
      raw.say(sections);
      const session = await answered();
      const ports = [...raw.last.matchAll(/^m=audio (\d+)/gm)].map(([, port]) => port !== "0");
      assert.deepEqual(ports, taken);
      assert.equal(alice.call.media?.audio?.security, security);
      // It stays where it is, whatever comes anew.
      await rig.outcome(alice.call.hold());
      assert.deepEqual(
        [...raw.last.matchAll(/^m=audio (\d+)/gm)].map(([, port]) => port !== "0"),
        taken,
      );
      void session.end();
      await rig.assertNothingLeft();
    }
  });

  test("a section of another kind is refused, the sound taken", async () => {
    raw.says = `${describeWithApplication(raw.agent.address)}`;
    const session = await answered();
    assert.match(raw.last, /m=application 0 /);
    assert.equal(alice.call.media?.audio?.codec, "PCMU");
    void session.end();
    await rig.assertNothingLeft();
  });

  test("what is advertised stands in the description in place of our address", async () => {
    rig = new CallRig();
    alice = rig.phone("alice", { sound: {}, advertise: "203.0.113.9" });
    raw = new RawPeer(rig, "bob");
    const call = await dial();
    assert.match(raw.last, /^c=IN IP4 203\.0\.113\.9\r$/m);
    void call.hangUp();
    await rig.assertNothingLeft();
  });
});

function describeWithApplication(address: string): string {
  const audio = `m=audio 30000 RTP/AVP 0\r\n`;
  return `v=0\r\no=- 7 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=application 30010 UDP/BFCP *\r\n${audio}`;
}
