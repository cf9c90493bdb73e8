import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { NoiseSource, noiseLevelOf } from "@trapezoid/codec";
import { decodeRtp, type RtpPacket } from "@trapezoid/rtp";
import { leakCheck } from "@trapezoid/testkit";
import type { MediaSession } from "../src/index.ts";
import { events, g722, listenTo, measure, openPair, opus, type Pair, pcma, pcmu } from "./rig.ts";

let pair: Pair;

afterEach(async () => {
  const opened: Pair | undefined = pair;
  if (opened === undefined) return;
  pair = undefined as never;
  await opened.close();
  await opened.clock.advanceAsync(500);
  leakCheck({ clock: opened.clock, counts: { sockets: opened.network.open } });
});

const cn = { name: "CN", clockRate: 8_000, channels: 1, sendPayloadType: 13, receivePayloadType: 13 };

/** RTP from one session to another, as it is sent. */
function packetsTo(session: MediaSession): RtpPacket[] {
  const packets: RtpPacket[] = [];
  pair.network.onSend = (octets, to) => {
    const decoded = decodeRtp(octets);
    if (to === `${session.local.address}:${session.local.port}` && decoded.ok) packets.push(decoded.value);
    return octets;
  };
  return packets;
}

/** Someone who speaks (a tone) for a second and is silent (noise of a room) for two, again and again. */
async function speak(session: MediaSession, turns: number, level = 55): Promise<void> {
  const { writable } = await session.audio({ sampleRate: 8_000, bufferMs: 60 });
  const writer = writable.getWriter();
  const noise = new NoiseSource(3);
  void (async () => {
    for (let frame = 0; frame < turns * 150; frame++) {
      const samples = new Int16Array(160);
      noise.fill(samples, { level, reflection: [-0.5] });
      if (frame % 150 < 50) {
        for (let n = 0; n < 160; n++) samples[n]! += 6_000 * Math.sin((2 * Math.PI * 400 * n) / 8_000);
      }
      await writer.write(samples);
    }
  })().catch(() => {});
}

for (const codec of [pcmu, pcma, g722]) {
  test(`${codec.name}: pauses are left out where noise was agreed on and wanted, and heard as noise (RFC 3389)`, async () => {
    pair = await openPair();
    const { a, b, clock } = pair;
    await pair.configure({ codecs: [codec], companions: [events, cn], silenceSuppression: true });
    const packets = packetsTo(b);
    const heard = await listenTo(b);
    await speak(a, 5);
    await clock.advanceAsync(12_000);
    const voice = packets.filter(({ payloadType }) => payloadType === codec.sendPayloadType);
    const noise = packets.filter(({ payloadType }) => payloadType === 13);
    assert.ok(voice.length > 4 * 50 && voice.length < 4 * 75, `${voice.length} packets of voice in 4 s`);
    assert.ok(noise.length >= 4 * 2 && noise.length < 4 * 20, `${noise.length} packets of noise`);
    packets.forEach((packet, index) => {
      assert.equal((packet.sequence - packets[0]!.sequence) & 0xffff, index, "numbers have no gaps");
      const follows = packets[index - 1]?.payloadType ?? 13;
      // RFC 3389 §4, RFC 3551 §4.1.
      assert.equal(packet.marker, packet.payloadType !== 13 && follows === 13, `packet ${index}`);
      assert.ok(Math.abs(packet.payload[0]! - 55) <= 3 || packet.payloadType !== 13);
    });
    const sound = heard();
    const second = (at: number): Int16Array => sound.subarray(at * 8_000, (at + 1) * 8_000);
    // Each turn's second second is all pause, and the delay of the buffer is within its margins.
    for (let turn = 0; turn < 4; turn++) {
      const level = noiseLevelOf(second(3 * turn + 1.6));
      // What is heard here is the lower half of G.722's band.
      const wanted = codec === g722 ? 58 : 55;
      assert.ok(Math.abs(level - wanted) <= 3, `the pause of turn ${turn} has ${-level} dBov`);
      assert.ok(measure(second(3 * turn + 0.2).subarray(0, 4_800), 400).purity > 0.95, `the voice of turn ${turn}`);
    }
    const { received } = await b.stats();
    assert.deepEqual([received.lost, received.late, received.dropped, received.burstRatio], [0, 0, 0, 1]);
    assert.ok(received.concealed <= 8, `${received.concealed} frames were made up`);
  });
}

test("pauses are sent as they are where nobody asked, no noise was agreed on, or the codec has ways of its own", async () => {
  for (const config of [
    { companions: [events, cn] },
    { companions: [events], silenceSuppression: true },
    { companions: [{ ...cn, clockRate: 16_000, sendPayloadType: 98 }], silenceSuppression: true },
    { companions: [events, cn], silenceSuppression: true, codecs: [opus] },
  ]) {
    pair = await openPair();
    const { a, b, clock } = pair;
    await pair.configure(config);
    const packets = packetsTo(b);
    await speak(a, 1);
    await clock.advanceAsync(3_000);
    assert.ok(Math.abs(packets.length - 150) <= 1, `${packets.length} packets`);
    await pair.close();
  }
});

test("digits are sent out of a pause; a mute is a pause without any sound", async () => {
  pair = await openPair({ mediaTimeoutMs: 3_000 });
  const { a, b, clock } = pair;
  let timeouts = 0;
  const digits: string[] = [];
  b.events.on("timeout", () => timeouts++);
  b.events.on("digit", (digit) => digits.push(digit));
  await pair.configure({ companions: [events, cn], silenceSuppression: true });
  const packets = packetsTo(b);
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(1_000);
  await a.mute(true);
  await clock.advanceAsync(20_000);
  assert.ok(packets.length < 100, `${packets.length} packets in 21 s`);
  assert.equal(packets.at(-1)!.payload[0], 127);
  assert.equal(timeouts, 0, "a pause is no time-out");
  await a.dial("42");
  await clock.advanceAsync(1_000);
  assert.deepEqual(digits, ["4", "2"]);
  const heard = await listenTo(b);
  await a.mute(false);
  await clock.advanceAsync(1_000);
  assert.ok(measure(heard().subarray(2_000), 400).purity > 0.97);
});

test("where packets come late and out of order, pauses are noise all the same", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  await pair.configure({ companions: [events, cn], silenceSuppression: true });
  network.conditions = { delayMs: 30, jitterMs: 60 };
  const heard = await listenTo(b);
  await speak(a, 10, 40);
  await clock.advanceAsync(30_000);
  const sound = heard();
  let quiet = 0;
  let pauses = 0;
  for (let turn = 2; turn < 10; turn++) {
    for (let frame = 0; frame < 40; frame++) {
      const from = Math.round((3 * turn + 1.8) * 8_000) + frame * 160;
      pauses++;
      if (Math.abs(noiseLevelOf(sound.subarray(from, from + 160)) - 40) > 4) quiet++;
    }
  }
  assert.ok(quiet / pauses < 0.02, `${quiet} of ${pauses} frames of a pause are no noise`);
});
