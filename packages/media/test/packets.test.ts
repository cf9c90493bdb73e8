import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { decodeRtcp, decodeRtp, encodeRtcp, encodeRtp, type Feedback, fullIntraRequest } from "@trapezoid/rtp";
import { createFakeClock, createRandomOctets, type FakeClock, leakCheck } from "@trapezoid/testkit";
import {
  createMediaEngine,
  type MediaCodec,
  type MediaEngine,
  type MediaPacket,
  type PacketSession,
  type StreamConfig,
} from "../src/index.ts";
import { sdesVariants } from "./keys.ts";
import { keys } from "./rig.ts";
import { type VirtualDatagrams, virtualDatagrams } from "./virtual-datagrams.ts";

const vp8: MediaCodec = {
  name: "VP8",
  clockRate: 90_000,
  channels: 1,
  sendPayloadType: 96,
  receivePayloadType: 97,
  feedback: ["nack pli", "ccm fir"],
};
const mirrored: MediaCodec = { ...vp8, sendPayloadType: 97, receivePayloadType: 96 };
const call: Omit<StreamConfig, "remote"> = { direction: "sendrecv", rtcpMux: true, codecs: [vp8] };

interface Pair {
  readonly clock: FakeClock;
  readonly network: VirtualDatagrams;
  readonly engine: MediaEngine;
  readonly a: PacketSession;
  readonly b: PacketSession;
}

let pair: Pair | undefined;

afterEach(async () => {
  const opened = pair;
  if (opened === undefined) return;
  pair = undefined;
  await opened.engine.close();
  await opened.clock.advanceAsync(500);
  const { sessions, portsInUse } = await opened.engine.stats();
  leakCheck({ clock: opened.clock, counts: { sockets: opened.network.open, sessions, portsInUse } });
});

async function openPair(config: Partial<StreamConfig> = {}, changes: Partial<StreamConfig> = {}): Promise<Pair> {
  const clock = createFakeClock();
  const network = virtualDatagrams(clock, 3);
  const engine = createMediaEngine({ address: "192.0.2.1" }, { clock, bind: network.bind });
  const a = await engine.openPackets();
  const b = await engine.openPackets({ address: "192.0.2.2" });
  pair = { clock, network, engine, a, b };
  const sdes = config.sdes && {
    ...config.sdes,
    localKeySalt: config.sdes.remoteKeySalt,
    remoteKeySalt: config.sdes.localKeySalt,
  };
  await a.configure({ ...call, ...config, remote: b.local });
  await b.configure({ ...call, ...config, sdes, codecs: [mirrored], remote: a.local, ...changes });
  return pair;
}

function isRtcp(octets: Uint8Array): boolean {
  return octets[1]! >= 192 && octets[1]! <= 223;
}

function loseEachTenthTo({ local }: PacketSession, network: VirtualDatagrams): void {
  let packet = 0;
  network.onSend = (octets, to) =>
    !isRtcp(octets) && to === `${local.address}:${local.port}` && ++packet % 10 === 0 ? undefined : octets;
}

/** A payload by its first octets: a difference can be read. */
function named(payload: Uint8Array): string {
  return `${Buffer.from(payload.subarray(0, 8)).toString("hex")} ${payload.length}`;
}

/** Everything that a session gives out from now on. */
async function packetsOf(session: PacketSession): Promise<MediaPacket[]> {
  const { readable } = await session.packets({ listenOnly: true, bufferPackets: 10_000 });
  const packets: MediaPacket[] = [];
  void (async () => {
    for await (const packet of readable) packets.push(packet);
  })();
  return packets;
}

/** Pictures of 25 a second, three packets each; what was sent, by name. */
async function sendVideo({ clock, a }: Pair, ms: number): Promise<string[]> {
  const { writable } = await a.packets();
  const writer = writable.getWriter();
  const octets = createRandomOctets(9);
  const sent: string[] = [];
  for (let at = 0; at < ms; at += 40) {
    for (let part = 0; part < 3; part++) {
      const payload = octets(400 + part);
      sent.push(named(payload));
      await writer.write({ timestamp: at * 90, marker: part === 2, payload });
    }
    await clock.advanceAsync(40);
  }
  writer.releaseLock();
  return sent;
}

for (const sdes of [undefined, ...sdesVariants]) {
  test(`packets arrive as they were written, ${sdes?.suite ?? "plain"}`, async () => {
    const { b, clock, network } = await openPair({ sdes });
    const seen: number[] = [];
    network.onSend = (octets) => {
      if (!isRtcp(octets)) seen.push(octets[1]! & 0x7f);
      return octets;
    };
    const packets = await packetsOf(b);
    const sent = await sendVideo(pair!, 2_000);
    await clock.advanceAsync(20);
    assert.deepEqual(
      packets.map(({ payload }) => named(payload)),
      sent,
    );
    assert.deepEqual(
      packets.slice(0, 4).map(({ marker }) => marker),
      [false, false, true, false],
    );
    for (const [index, packet] of packets.entries()) {
      assert.equal((packet.sequence - packets[0]!.sequence) & 0xffff, index);
      assert.equal((packet.timestamp - packets[0]!.timestamp) >>> 0, Math.floor(index / 3) * 3_600);
    }
    assert.deepEqual([...new Set(seen)], [96]);
    const { received, refused, codec } = await b.stats();
    assert.deepEqual([received.packets, received.lost, received.overrun, codec], [150, 0, 0, "VP8"]);
    assert.deepEqual(Object.values(refused).filter(Boolean), []);
  });
}

test("an echo sends back what comes, as a stream of its own, with the gaps and the order that it had", async () => {
  const { a, b, clock, network } = await openPair({ sdes: keys });
  await b.echo(true);
  network.conditions = { delayMs: 5, jitterMs: 10 };
  loseEachTenthTo(b, network);
  const packets = await packetsOf(a);
  const sent = await sendVideo(pair!, 4_000);
  await clock.advanceAsync(50);
  const arrived = sent.filter((_, index) => (index + 1) % 10 !== 0);
  assert.equal(packets.length, arrived.length);
  const byNumber = [...packets].sort((x, y) => ((x.sequence - y.sequence) << 16) >> 16);
  assert.deepEqual(
    byNumber.map(({ payload }) => named(payload)),
    arrived,
  );
  assert.notDeepEqual(packets, byNumber, "some came out of order, and were sent back so");
  const { lost } = (await a.stats()).received;
  assert.ok(Math.abs(lost - (sent.length - arrived.length)) <= 3, `${lost}: the ends of a stream cannot be told`);
});

test("a source that begins anew goes on in the echo without a gap", async () => {
  const { a, b, clock, network } = await openPair();
  await b.echo(true);
  const packets = await packetsOf(a);
  for (const ssrc of [7, 8]) {
    for (let index = 0; index < 20; index++) {
      const sequence = (ssrc * 5_000 + index) & 0xffff;
      const payload = Uint8Array.of(ssrc, index);
      const rtp = encodeRtp({ payloadType: 96, sequence, timestamp: ssrc * 1_000_000 + index * 3_600, ssrc, payload });
      network.inject(rtp, [a.local.address, a.local.port], [b.local.address, b.local.port]);
      await clock.advanceAsync(40);
    }
    await clock.advanceAsync(300);
  }
  assert.equal(new Set(packets.map(({ ssrc }) => ssrc)).size, 1);
  assert.deepEqual((await a.stats()).received.lost, 0);
  const times = packets.map(({ timestamp }) => (timestamp - packets[0]!.timestamp) >>> 0);
  assert.equal(times.at(-1), (39 * 40 + 300) * 90);
});

/** Feedback in clear on its way to a session. */
function feedbackTo(network: VirtualDatagrams, session: PacketSession): Feedback[] {
  const seen: Feedback[] = [];
  network.onSend = (octets, to) => {
    const decoded = isRtcp(octets) && to.startsWith(session.local.address) ? decodeRtcp(octets) : undefined;
    if (decoded?.ok) {
      for (const one of decoded.value) if (one.type === "psfb") seen.push(one);
    }
    return octets;
  };
  return seen;
}

test("pictures are asked for by PLI where it was agreed on, in a compound packet, put together when in short order (RFC 4585 §6.3.1)", async () => {
  const { a, b, clock, network } = await openPair();
  const seen = feedbackTo(network, a);
  let asked = 0;
  a.events.on("keyFrameRequested", () => asked++);
  assert.equal(await b.requestKeyFrame(), false, "nobody is there to ask");
  await sendVideo(pair!, 200);
  for (let request = 0; request < 10; request++) {
    assert.equal(await b.requestKeyFrame(), true);
    await clock.advanceAsync(10);
  }
  await clock.advanceAsync(1_000);
  assert.deepEqual([asked, seen.length], [2, 2]);
  assert.deepEqual(
    seen.map(({ format }) => format),
    [1, 1],
  );
  assert.deepEqual(
    [(await b.stats()).keyFrames, (await a.stats()).keyFrames],
    [
      { asked: 2, wanted: 0 },
      { asked: 0, wanted: 2 },
    ],
  );
});

test("pictures are asked for by FIR where only that was agreed on; a repeated command counts once (RFC 5104 §4.3.1)", async () => {
  const codecs = [{ ...mirrored, feedback: ["ccm fir"] }];
  const { a, b, clock, network } = await openPair({}, { codecs });
  const seen = feedbackTo(network, a);
  let asked = 0;
  a.events.on("keyFrameRequested", () => asked++);
  await sendVideo(pair!, 200);
  for (let request = 0; request < 3; request++) {
    await b.requestKeyFrame();
    await clock.advanceAsync(400);
  }
  assert.deepEqual(
    seen.map(({ format, mediaSsrc, data }) => [format, mediaSsrc, data[4]]),
    [
      [4, 0, 1],
      [4, 0, 2],
      [4, 0, 3],
    ],
  );
  assert.equal(asked, 3);
  const { ssrc } = seen[0]!;
  const target = new DataView(seen[0]!.data.buffer, seen[0]!.data.byteOffset).getUint32(0);
  const command = (number: number, whom = target): Uint8Array =>
    encodeRtcp([{ type: "rr", ssrc, reports: [] }, fullIntraRequest(ssrc, [{ ssrc: whom, sequence: number }])]);
  for (const octets of [command(3), command(3), command(4, target + 1), command(4), command(4)]) {
    network.inject(octets, [b.local.address, b.local.port], [a.local.address, a.local.port]);
  }
  await clock.advanceAsync(10);
  assert.equal(asked, 4);
});

test("nothing is asked for where neither was agreed on; an echo hands a request on to who sends the pictures", async () => {
  const { a, b, clock, network } = await openPair({}, { codecs: [{ ...mirrored, feedback: [] }] });
  await sendVideo(pair!, 200);
  assert.equal(await b.requestKeyFrame(), false);
  await b.configure({ ...call, codecs: [mirrored], remote: a.local });
  await b.echo(true);
  await sendVideo(pair!, 200);
  const seen = feedbackTo(network, a);
  assert.equal(await a.requestKeyFrame(), true);
  await clock.advanceAsync(100);
  assert.equal(seen.length, 1);
});

test("reports: loss, jitter and round trip on both sides; BYE at the end (RFC 3550 §6)", async () => {
  const { a, b, clock, network } = await openPair({ sdes: keys });
  network.conditions = { delayMs: 40, loss: 0.05 };
  await b.echo(true);
  await sendVideo(pair!, 30_000);
  const [sender, echo] = [await a.stats(), await b.stats()];
  assert.ok(Math.abs(sender.roundTripMs! - 80) < 5, `${sender.roundTripMs} ms`);
  assert.ok(Math.abs(echo.received.lossShare - 0.05) < 0.02, `${echo.received.lossShare}`);
  assert.equal(echo.received.lost + echo.received.packets, sender.sent.packets);
  assert.ok(sender.reported!.lost > 50 && sender.reported!.lost <= echo.received.lost);
  let byes = 0;
  b.events.on("bye", () => byes++);
  network.conditions = {};
  await a.close();
  await clock.advanceAsync(100);
  assert.equal(byes, 1);
});

test("garbage, strangers and foreign payload types reach no reader and move no media", async () => {
  for (const sdes of [undefined, keys]) {
    const { a, b, clock, network, engine } = await openPair({ sdes });
    await sendVideo(pair!, 400);
    const packets = await packetsOf(b);
    const octets = createRandomOctets(4);
    const to = [b.local.address, b.local.port] as const;
    for (let packet = 0; packet < 500; packet++) {
      const rtp = { sequence: packet, timestamp: packet, ssrc: 0xbad, payload: octets(50) };
      network.inject(octets(packet % 200), [a.local.address, a.local.port], to);
      network.inject(encodeRtp({ ...rtp, payloadType: 96 }), ["203.0.113.66", 9_999], to);
      network.inject(encodeRtp({ ...rtp, payloadType: 33 }), [a.local.address, a.local.port], to);
    }
    await clock.advanceAsync(10);
    const { refused, remote } = await b.stats();
    assert.equal(packets.length, 0);
    assert.deepEqual(remote, a.local);
    assert.ok(Object.values(refused).reduce((sum, one) => sum + one, 0) > 1_400);
    if (sdes === undefined) await engine.close();
  }
});

test("another place is learned as the source where a NAT is in between, and is sent to (RFC 7362 §4.2)", async () => {
  const { b, clock, network } = await openPair();
  await b.echo(true);
  const latched: unknown[] = [];
  b.events.on("latched", (remote) => latched.push(remote));
  const sentTo: string[] = [];
  network.onSend = (octets, to) => {
    if (decodeRtp(octets).ok) sentTo.push(to);
    return octets;
  };
  for (let sequence = 0; sequence < 10; sequence++) {
    const rtp = encodeRtp({ payloadType: 96, sequence, timestamp: 0, ssrc: 5, payload: Uint8Array.of(1) });
    network.inject(rtp, ["198.51.100.7", 33_000], [b.local.address, b.local.port]);
    await clock.advanceAsync(20);
  }
  assert.deepEqual(latched, [{ address: "198.51.100.7", port: 33_000 }]);
  assert.deepEqual(new Set(sentTo), new Set(["198.51.100.7:33000"]));
  assert.equal(sentTo.length, 8);
});

test("on hold nothing is sent and nothing given out; a silence is told once", async () => {
  const { a, b, clock, network } = await openPair();
  let timeouts = 0;
  b.events.on("timeout", () => timeouts++);
  const packets = await packetsOf(b);
  await a.configure({ ...call, direction: "inactive", remote: b.local });
  await sendVideo(pair!, 400);
  assert.deepEqual((await a.stats()).sent, { packets: 0, octets: 0, leftOut: 30 });
  await clock.advanceAsync(60_000);
  assert.equal(timeouts, 0, "there are reports");
  network.conditions = { loss: 1 };
  await clock.advanceAsync(60_000);
  assert.equal(timeouts, 1);
  network.conditions = {};
  await a.configure({ ...call, remote: b.local });
  await b.configure({ ...call, codecs: [mirrored], direction: "sendonly", remote: a.local });
  await sendVideo(pair!, 400);
  assert.equal(packets.length, 0);
  await b.configure({ ...call, codecs: [mirrored], remote: a.local });
  await sendVideo(pair!, 400);
  assert.equal(packets.length, 30);
});

test("what is sent comes from one place: an echo ends the pipe, a pipe the echo; a slow reader loses the newest", async () => {
  const { b, a } = await openPair();
  await b.echo(true);
  const first = await b.packets();
  const second = await b.packets({ bufferPackets: 4 });
  await assert.rejects(first.writable.getWriter().closed, { name: "AbortError" });
  await sendVideo(pair!, 400);
  assert.equal((await b.stats()).sent.packets, 0, "the pipe took the echo's place");
  assert.equal((await b.stats()).received.overrun, 26);
  await b.echo(true);
  const writer = second.writable.getWriter();
  await assert.rejects(writer.write({ timestamp: 0, payload: new Uint8Array(1) }), { name: "AbortError" });
  let read = 0;
  for await (const _ of second.readable) read++;
  assert.equal(read, 4, "what had been given can still be read");
  await a.close();
  await assert.rejects(a.echo(true), { code: "MEDIA_SESSION_CLOSED" });
});

test("a pipe joins two calls: payload types and numbers become the other side's, gaps stay", async () => {
  const { a, b, clock, network, engine } = await openPair();
  const [c, d] = [await engine.openPackets(), await engine.openPackets()];
  const other = { ...vp8, sendPayloadType: 120, receivePayloadType: 120 };
  await c.configure({ ...call, codecs: [{ ...other, name: "H264", sendPayloadType: 121 }, other], remote: d.local });
  await d.configure({ ...call, codecs: [other], remote: c.local });
  const from = await b.packets();
  const into = await c.packets();
  void from.readable.pipeTo(into.writable).catch(() => {});
  loseEachTenthTo(b, network);
  const packets = await packetsOf(d);
  const sent = await sendVideo({ ...pair!, a }, 2_000);
  await clock.advanceAsync(20);
  assert.deepEqual(
    packets.map(({ payload }) => named(payload)),
    sent.filter((_, index) => (index + 1) % 10 !== 0),
  );
  assert.equal((await d.stats()).received.lost, 14);
});

test("who sends back what we send, SSRC and all, makes us take another one, once (RFC 3550 §8.2)", async () => {
  const { a, clock, network } = await openPair();
  const ssrcs: number[] = [];
  network.onSend = (octets, to, from) => {
    if (from !== `${a.local.address}:${a.local.port}`) return octets;
    if (!isRtcp(octets)) {
      ssrcs.push(new DataView(octets.buffer, octets.byteOffset).getUint32(8));
      const [address, port] = to.split(":") as [string, string];
      const back = Uint8Array.from(octets);
      back[1] = (back[1]! & 0x80) | vp8.receivePayloadType;
      network.inject(back, [address, Number(port)], [a.local.address, a.local.port]);
    }
    return undefined;
  };
  const packets = await packetsOf(a);
  const sent = await sendVideo(pair!, 2_000);
  await clock.advanceAsync(20);
  assert.equal(new Set(ssrcs).size, 2);
  assert.ok(sent.length - packets.length <= 8, `${packets.length} of ${sent.length} came back`);
  assert.equal((await a.stats()).received.duplicate, 0);
});
