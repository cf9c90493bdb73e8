import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { leakCheck } from "@trapezoid/testkit";
import { sdesVariants } from "./keys.ts";
import { events, g722, keys, listenTo, measure, openPair, opus, type Pair, pcma, pcmu } from "./rig.ts";

let pair: Pair;

// Where all files share a process, this runs after the tests of the others, too.
afterEach(async () => {
  const opened: Pair | undefined = pair;
  if (opened === undefined) return;
  pair = undefined as never;
  await opened.close();
  await opened.clock.advanceAsync(500);
  leakCheck({ clock: opened.clock, counts: { sockets: opened.network.open } });
});

for (const codec of [pcmu, pcma, g722, opus]) {
  test(`${codec.name}: a tone arrives as loud as it was sent`, async () => {
    pair = await openPair();
    const { a, b, clock } = pair;
    await pair.configure({ codecs: [codec] });
    const heard = await listenTo(b);
    await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
    await clock.advanceAsync(2_000);
    const { purity, amplitude } = measure(heard().subarray(4_000), 400);
    assert.ok(purity > 0.97, `${purity} of the energy is the tone`);
    assert.ok(Math.abs(amplitude - 8_000) < 800, `${amplitude}`);
  });
}

/** Whether octets come again after so many: a period of 400 Hz has 20 of them in µ-law. Encrypted ones do so by chance. */
function repeats(octets: Uint8Array, period: number): boolean {
  let equal = 0;
  for (let at = period; at < octets.length; at++) if (octets[at] === octets[at - period]) equal++;
  return equal > (octets.length - period) / 2;
}

for (const suite of sdesVariants) {
  test(`SRTP with ${suite.suite}: a tone arrives, nothing is refused`, async () => {
    pair = await openPair();
    const { a, b, clock, network } = pair;
    let clear = 0;
    network.onSend = (octets) => {
      if (repeats(octets.subarray(12), 20)) clear++;
      return octets;
    };
    await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
    await pair.configure();
    await clock.advanceAsync(1_000);
    assert.ok(clear >= 95, "without SRTP the tone and the silence are in clear");
    await pair.configure({ direction: "inactive" });
    // Between two frames: what was sent in clear has arrived.
    await clock.advanceAsync(103);
    clear = 0;
    await pair.configure({ sdes: suite });
    const heard = await listenTo(b);
    await clock.advanceAsync(7_000);
    assert.ok(measure(heard().subarray(4_000), 400).purity > 0.97);
    const { refused, reported } = await b.stats();
    assert.deepEqual([refused.unauthentic, refused.replayed, refused.malformed, clear], [0, 0, 0, 0]);
    assert.notEqual(reported, undefined, "RTCP came through");
  });
}

test("digits as events arrive once each, and the voice goes on (RFC 4733)", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  await pair.configure();
  const digits: string[] = [];
  b.events.on("digit", (digit, by) => digits.push(`${digit} ${by}`));
  const heard = await listenTo(b);
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(500);
  await a.dial("12*#D");
  await clock.advanceAsync(3_000);
  assert.deepEqual(digits, ["1 event", "2 event", "* event", "# event", "D event"]);
  assert.ok(measure(heard().subarray(-4_000), 400).purity > 0.97);
  const { received } = await b.stats();
  assert.deepEqual([received.lost, received.burstRatio], [0, 1], "events are no losses");
});

test("digits as tones where no events were agreed on, heard through an A-law call (ITU-T Q.23)", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  await pair.configure({ codecs: [pcma], companions: [] });
  const digits: string[] = [];
  b.events.on("digit", (digit, by) => digits.push(`${digit} ${by}`));
  await b.detectTones(true);
  await a.dial("0123456789*#ABCD", { toneMs: 80 });
  await clock.advanceAsync(4_000);
  assert.equal(digits.join(), [..."0123456789*#ABCD"].map((digit) => `${digit} tones`).join());
});

test("hold: nothing is sent, nothing is heard, and all goes on afterwards (RFC 3264 §8.4)", async () => {
  pair = await openPair({ mediaTimeoutMs: 2_000 });
  const { a, b, clock } = pair;
  let timeouts = 0;
  a.events.on("timeout", () => timeouts++);
  b.events.on("timeout", () => timeouts++);
  await pair.configure();
  await a.play({ kind: "sine", hz: 400 });
  await clock.advanceAsync(500);
  await pair.configure({ direction: "inactive" });
  const before = await a.stats();
  await clock.advanceAsync(5_000);
  assert.equal((await a.stats()).sent.packets, before.sent.packets);
  assert.equal(timeouts, 0, "silence on hold is no time-out");
  await pair.configure();
  const heard = await listenTo(b);
  await clock.advanceAsync(1_000);
  assert.ok(measure(heard().subarray(2_000), 400).purity > 0.97);
});

test("muted: packets go on, as silence", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  await pair.configure();
  await a.play({ kind: "sine", hz: 400 });
  await clock.advanceAsync(500);
  await a.mute(true);
  await clock.advanceAsync(200);
  const heard = await listenTo(b);
  const before = (await a.stats()).sent.packets;
  await clock.advanceAsync(1_000);
  assert.equal((await a.stats()).sent.packets - before, 50);
  assert.ok(measure(heard(), 400).amplitude < 10);
});

test("another codec in mid-call: the tone goes on", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  await pair.configure();
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(500);
  await pair.configure({ codecs: [opus, pcmu] });
  await clock.advanceAsync(300);
  const heard = await listenTo(b);
  await clock.advanceAsync(1_000);
  assert.ok(measure(heard().subarray(1_000), 400).purity > 0.97);
  assert.equal((await b.stats()).codec, "opus");
});

test("the other side changes among the agreed codecs by itself", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  await pair.configure({ codecs: [pcmu] }, { codecs: [pcma, pcmu] });
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(500);
  await a.configure({
    direction: "sendrecv",
    rtcpMux: false,
    codecs: [pcma, pcmu],
    companions: [events],
    remote: b.local,
  });
  await clock.advanceAsync(300);
  const heard = await listenTo(b);
  await clock.advanceAsync(1_000);
  assert.ok(measure(heard().subarray(1_000), 400).purity > 0.97);
  assert.equal((await b.stats()).codec, "PCMA");
});

test("media follows a re-INVITE to another address", async () => {
  pair = await openPair();
  const { a, b, clock, engine } = pair;
  await pair.configure();
  await a.play({ kind: "sine", hz: 400 });
  await clock.advanceAsync(500);
  const c = await engine.open({ address: "192.0.2.3" });
  const config = { direction: "sendrecv", rtcpMux: false, codecs: [pcmu] } as const;
  await c.configure({ ...config, remote: a.local });
  await a.configure({ ...config, remote: c.local });
  const heard = await listenTo(c);
  const before = (await b.stats()).received.packets;
  await clock.advanceAsync(1_000);
  assert.ok(measure(heard().subarray(2_000), 400).purity > 0.97);
  assert.ok((await b.stats()).received.packets - before <= 1);
});

test("packets of 10, 30, 40 and 60 ms", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  for (const ptime of [10, 30, 40, 60]) {
    await pair.configure({ ptime });
    await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
    await clock.advanceAsync(1_000);
    const before = (await a.stats()).sent.packets;
    const heard = await listenTo(b);
    await clock.advanceAsync(1_200);
    assert.ok(Math.abs((await a.stats()).sent.packets - before - 1_200 / ptime) <= 1);
    assert.ok(measure(heard(), 400).purity > 0.97, `${ptime} ms`);
  }
});

test("a packet of L16 is no longer than a network carries, whatever the other side asks for (RFC 3551 §4.5.11)", async () => {
  pair = await openPair();
  const { a, clock, network } = pair;
  let longest = 0;
  network.onSend = (octets) => {
    longest = Math.max(longest, octets.length);
    return octets;
  };
  const l16 = { name: "L16", channels: 1, sendPayloadType: 96, receivePayloadType: 96 };
  for (const [clockRate, ptime, bytes] of [
    [16_000, 60, 1_920],
    [44_100, 60, 1_764],
    [48_000, 40, 1_920],
  ] as const) {
    longest = 0;
    await pair.configure({ sdes: keys, codecs: [{ ...l16, clockRate }], ptime });
    await a.play({ kind: "sine", hz: 400 });
    await clock.advanceAsync(500);
    assert.equal(longest, 12 + bytes + 10, `${clockRate} Hz, ${ptime} ms`);
  }
});

test("echo sends back what is heard", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  await pair.configure({ codecs: [g722] });
  await b.play({ kind: "echo" });
  const { readable, writable } = await a.audio({ sampleRate: 8_000 });
  const sine = Int16Array.from({ length: 160 }, (_, n) => 8_000 * Math.sin((2 * Math.PI * 400 * n) / 8_000));
  void (async () => {
    const writer = writable.getWriter();
    for (;;) await writer.write(sine);
  })().catch(() => {});
  const heard: number[] = [];
  void (async () => {
    for await (const frame of readable) heard.push(...frame);
  })();
  await clock.advanceAsync(2_000);
  assert.ok(measure(Int16Array.from(heard.slice(-8_000)), 400).purity > 0.97);
});

test("a mix: everybody hears the others and not themselves", async () => {
  pair = await openPair();
  const { clock, engine } = pair;
  const config = { direction: "sendrecv", rtcpMux: false, codecs: [pcmu] } as const;
  const tones = [400, 600, 900];
  const ears: (() => Int16Array)[] = [];
  for (const hz of tones) {
    const room = await engine.open({ group: "room" });
    const phone = await engine.open();
    await room.configure({ ...config, remote: phone.local });
    await phone.configure({ ...config, remote: room.local });
    await room.play({ kind: "mix", group: "room" });
    await phone.play({ kind: "sine", hz, amplitude: 6_000 });
    ears.push(await listenTo(phone));
  }
  await clock.advanceAsync(2_000);
  for (const [phone, heard] of ears.entries()) {
    const sound = heard().subarray(4_000);
    const shares = tones.map((hz) => measure(sound, hz).purity);
    for (const [one, share] of shares.entries()) {
      if (one === phone) assert.ok(share < 0.03, `${tones[one]} Hz comes back to its sender: ${share}`);
      else assert.ok(Math.abs(share - 0.5) < 0.06, `${tones[one]} Hz is ${share} of what ${tones[phone]} Hz hears`);
    }
  }
});

test("reports: both sides know loss, jitter, round trip and the other's opinion; BYE at the end (RFC 3550 §6, RFC 3611)", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  network.conditions = { delayMs: 40, loss: 0.02 };
  await pair.configure();
  await a.play({ kind: "sine", hz: 400 });
  await b.play({ kind: "sine", hz: 500 });
  await clock.advanceAsync(40_000);
  for (const session of [a, b]) {
    const { reported, roundTripMs, received, quality } = await session.stats();
    assert.ok(Math.abs(roundTripMs! - 80) < 3, `${roundTripMs} ms there and back`);
    assert.ok(Math.abs(received.lossShare - 0.02) < 0.01, `${received.lossShare}`);
    assert.ok(reported!.lost > 5 && reported!.jitterMs < 5);
    assert.ok(quality.mos > 3.5 && quality.mos < 4.4, `${quality.mos}`);
    assert.ok(Math.abs(reported!.mos! - quality.mos) < 0.3);
  }
  let bye = 0;
  b.events.on("bye", () => bye++);
  network.conditions = {};
  await a.close();
  await clock.advanceAsync(100);
  assert.equal(bye, 1);
});

test("RTCP shares the RTP port where that was agreed on (RFC 5761)", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  await pair.configure({ rtcpMux: true, sdes: keys });
  assert.equal(network.open, 2);
  assert.equal(b.localRtcp.port, b.local.port);
  await a.play({ kind: "sine", hz: 400 });
  await clock.advanceAsync(12_000);
  assert.notEqual((await a.stats()).roundTripMs, undefined);
});

test("media that stops is told once, and told again after it came back", async () => {
  pair = await openPair({ mediaTimeoutMs: 1_000 });
  const { b, clock, network } = pair;
  let timeouts = 0;
  b.events.on("timeout", () => timeouts++);
  await pair.configure();
  await clock.advanceAsync(1_500);
  assert.equal(timeouts, 0);
  network.conditions = { loss: 1 };
  await clock.advanceAsync(5_000);
  assert.equal(timeouts, 1);
  network.conditions = {};
  await clock.advanceAsync(1_000);
  network.conditions = { loss: 1 };
  await clock.advanceAsync(3_000);
  assert.equal(timeouts, 2);
});

test("who sends nothing but reports is there: no time-out (RFC 3550 §6)", async () => {
  pair = await openPair({ mediaTimeoutMs: 10_000 });
  const { b, clock, network } = pair;
  let timeouts = 0;
  b.events.on("timeout", () => timeouts++);
  network.onSend = (octets) => (octets[1]! >= 192 && octets[1]! <= 223 ? octets : undefined);
  await pair.configure();
  await clock.advanceAsync(60_000);
  assert.equal(timeouts, 0);
  network.onSend = () => undefined;
  await clock.advanceAsync(20_000);
  assert.equal(timeouts, 1);
});

test("a wrong key and an unknown codec are refused by name, and the call goes on as it was", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  await pair.configure();
  await a.play({ kind: "sine", hz: 400 });
  const base = { direction: "sendrecv", rtcpMux: false, codecs: [pcmu], remote: b.local } as const;
  await assert.rejects(a.configure({ ...base, codecs: [{ ...pcmu, name: "G729" }] }), { code: "MEDIA_UNKNOWN_CODEC" });
  await assert.rejects(a.configure({ ...base, sdes: { ...keys, localKeySalt: "AAAA" } }), { code: "MEDIA_BAD_KEY" });
  await assert.rejects(a.dial("12x"), { code: "MEDIA_BAD_DIGITS" });
  const heard = await listenTo(b);
  await clock.advanceAsync(1_000);
  assert.ok(measure(heard().subarray(2_000), 400).purity > 0.97);
});
