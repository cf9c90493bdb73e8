import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { ZrtpCache, ZrtpSecurity } from "@trapezoid/rtp";
import { createFakeClock, type FakeClock, leakCheck } from "@trapezoid/testkit";
import {
  createMediaEngine,
  type MediaEngine,
  type MediaSession,
  type PacketSession,
  type SessionOptions,
  type StreamConfig,
  type ZrtpConfig,
  type ZrtpSettings,
} from "../src/index.ts";
import { keys, listenTo, measure, pcmu } from "./rig.ts";
import { type VirtualDatagrams, virtualDatagrams } from "./virtual-datagrams.ts";

interface Side {
  readonly engine: MediaEngine;
  readonly session: MediaSession;
  readonly secured: ZrtpSecurity[];
  readonly warnings: string[];
  readonly failures: string[];
}

interface House {
  readonly clock: FakeClock;
  readonly network: VirtualDatagrams;
  readonly engines: MediaEngine[];
  /** Who sent RTP that an ear on the wire understands: a tone of 400 Hz comes again after 20 samples. */
  clear: string[];
}

let house: House;

function openHouse(): House {
  const clock = createFakeClock();
  const network = virtualDatagrams(clock);
  house = { clock, network, engines: [], clear: [] };
  network.onSend = (octets, _to, from) => {
    const payload = octets.subarray(12, 172);
    if (octets[0] === 0x80 && octets[1]! < 96 && payload.every((octet, index) => octet === payload[index % 20])) {
      house.clear.push(from);
    }
    return octets;
  };
  return house;
}

/** Each with an engine, and so an identity, of its own. */
async function openSide(
  address: string,
  options: SessionOptions = { zrtp: {} },
  zrtp: ZrtpSettings = {},
): Promise<Side> {
  const { clock, network, engines } = house;
  const engine = createMediaEngine({ address, zrtp }, { clock, bind: network.bind });
  engines.push(engine);
  return await openSession(engine, options);
}

async function openSession(engine: MediaEngine, options: SessionOptions = { zrtp: {} }): Promise<Side> {
  const session = await engine.open(options);
  const side: Side = { engine, session, secured: [], warnings: [], failures: [] };
  session.events.on("secured", (security) => side.secured.push(security));
  session.events.on("securityWarning", (warning) => side.warnings.push(warning));
  session.events.on("zrtpFailed", (why) => side.failures.push(why));
  return side;
}

async function openBoth(): Promise<readonly [Side, Side]> {
  openHouse();
  return [await openSide("192.0.2.1"), await openSide("192.0.2.2")];
}

const common: Omit<StreamConfig, "remote"> = { direction: "sendrecv", rtcpMux: false, codecs: [pcmu] };

/** `zrtp` is what both are told; each is told the other's hash where `announce` says so. */
async function configure(a: Side, b: Side, zrtp: ZrtpConfig = {}, announce = false): Promise<void> {
  const of = (other: Side): StreamConfig => ({
    ...common,
    remote: other.session.local,
    zrtp: announce ? { ...zrtp, remoteHash: other.session.zrtpHash } : zrtp,
  });
  await a.session.configure(of(b));
  await b.session.configure(of(a));
}

afterEach(async () => {
  const opened: House | undefined = house;
  if (opened === undefined) return;
  house = undefined as never;
  await Promise.all(opened.engines.map((engine) => engine.close()));
  await opened.clock.advanceAsync(500);
  leakCheck({ clock: opened.clock, counts: { sockets: opened.network.open } });
});

test("media is in clear until keys are agreed on, and protected both ways from then on (RFC 6189 §4)", async () => {
  const [a, b] = await openBoth();
  house.network.conditions = { delayMs: 40 };
  await configure(a, b);
  const heard = await Promise.all([listenTo(a.session), listenTo(b.session)]);
  await a.session.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await b.session.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  assert.deepEqual((await a.session.stats()).protection, { by: "none", suite: undefined });
  await house.clock.advanceAsync(60);
  assert.ok(house.clear.length > 0, "at first in clear");
  await house.clock.advanceAsync(940);
  assert.equal(a.secured[0]?.sas, b.secured[0]?.sas);
  assert.equal(a.secured.length, 1);
  house.clear = [];
  await house.clock.advanceAsync(7_000);
  assert.deepEqual(house.clear, []);
  for (const [index, { session }] of [a, b].entries()) {
    const { protection, refused, reported } = await session.stats();
    assert.deepEqual(protection, { by: "zrtp", suite: "AES_CM_128_HMAC_SHA1_80" });
    assert.ok(measure(heard[index]!().subarray(16_000), 400).purity > 0.97);
    assert.equal(refused.unauthentic + refused.replayed + refused.notRtp, 0);
    assert.notEqual(reported, undefined, "RTCP came through");
  }
});

test("while keys are agreed on, nothing is sent but ZRTP (RFC 6189 §4)", async () => {
  const [a, b] = await openBoth();
  const { network, clock } = house;
  const { onSend } = network;
  let committedAt: number | undefined;
  network.onSend = (octets, to, from) => {
    const type = Buffer.from(octets.subarray(16, 24)).toString();
    if (type === "Commit  ") committedAt ??= clock.now();
    // The answer never comes.
    if (type === "DHPart1 ") return undefined;
    return onSend!(octets, to, from);
  };
  await configure(a, b);
  for (const { session } of [a, b]) await session.play({ kind: "sine", hz: 400 });
  await clock.advanceAsync(200);
  assert.notEqual(committedAt, undefined);
  house.clear = [];
  await clock.advanceAsync(8_000);
  assert.deepEqual(house.clear, []);
  // Then it is given up, and media goes on in clear, as it would have without ZRTP.
  await clock.advanceAsync(4_000);
  assert.match(a.failures[0]!, /media is not protected/);
  assert.ok(house.clear.length > 0);
});

test("SRTP in place of Conf2ACK is heard, and no packet of it twice (RFC 6189 §4.6)", async () => {
  openHouse();
  const a = await openSide("192.0.2.1");
  const b = await openSide("192.0.2.2", { zrtp: {} }, { passive: true });
  const { network, clock } = house;
  let copies = 0;
  network.onSend = (octets, to, from) => {
    const type = Buffer.from(octets.subarray(16, 24)).toString();
    if (type === "Conf2ACK") return undefined;
    const [address, port] = to.split(":");
    if (octets[0] === 0x80 && (octets[1]! & 0x7f) === 0 && from.startsWith("192.0.2.2")) {
      copies++;
      network.inject(octets, ["192.0.2.2", b.session.local.port], [address!, Number(port)]);
    }
    return octets;
  };
  await a.session.configure({ ...common, remote: b.session.local, zrtp: { required: true } });
  await b.session.configure({ ...common, remote: a.session.local, zrtp: { required: true } });
  await clock.advanceAsync(3_010);
  assert.equal(a.secured[0]?.role, "initiator");
  assert.equal(a.secured[0]?.sas, b.secured[0]?.sas);
  const { refused, received } = await a.session.stats();
  assert.ok(copies > 100);
  assert.deepEqual([received.packets, refused.replayed], [copies, copies]);
});

test("over a network that loses and reorders, both sides come to the same keys", async () => {
  for (let round = 0; round < 5; round++) {
    const [a, b] = await openBoth();
    house.network.conditions = { loss: 0.2, delayMs: 30, jitterMs: 60 };
    await configure(a, b, {}, true);
    await house.clock.advanceAsync(20_000);
    assert.equal(a.secured[0]?.sas, b.secured[0]?.sas);
    assert.notEqual(a.secured[0], undefined);
    assert.equal(a.secured[0]!.announced, true);
    const { received, refused } = await b.session.stats();
    assert.ok(received.packets > 500);
    assert.equal(refused.unauthentic, 0);
    await Promise.all(house.engines.map((engine) => engine.close()));
  }
});

test("one that does not speak ZRTP is talked to in clear, and that is told", async () => {
  openHouse();
  const a = await openSide("192.0.2.1");
  const b = await openSide("192.0.2.2", {});
  assert.equal(b.session.zrtpHash, undefined);
  await configure(a, b);
  await a.session.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  const heard = await listenTo(b.session);
  await house.clock.advanceAsync(6_000);
  assert.ok(measure(heard(), 400).purity > 0.97);
  assert.deepEqual(a.failures, ["the other side does not answer ZRTP; media is not protected"]);
  assert.equal((await b.session.stats()).refused.notRtp, 21);
});

test("where protection is required, nothing goes out in clear and nothing in clear is heard", async () => {
  openHouse();
  const a = await openSide("192.0.2.1");
  const b = await openSide("192.0.2.2", {});
  await configure(a, b, { required: true });
  for (const { session } of [a, b]) await session.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  const heard = await listenTo(a.session);
  await house.clock.advanceAsync(6_000);
  assert.ok(house.clear.every((from) => from.startsWith("192.0.2.2")));
  assert.equal(measure(heard(), 400).amplitude, 0);
  assert.match(a.failures[0]!, /nothing is sent/);

  const [c, d] = await openBoth();
  await configure(c, d, { required: true });
  for (const { session } of [c, d]) await session.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  const secure = await listenTo(c.session);
  await house.clock.advanceAsync(2_000);
  assert.deepEqual(house.clear, []);
  assert.ok(measure(secure().subarray(8_000), 400).purity > 0.97);
});

test("a Hello that the signalling did not announce is not used (RFC 6189 §8.1)", async () => {
  const [a, b] = await openBoth();
  const stranger = await openSide("192.0.2.3");
  await configure(a, b);
  await a.session.configure({ ...common, remote: b.session.local, zrtp: { remoteHash: stranger.session.zrtpHash } });
  await house.clock.advanceAsync(20_000);
  assert.deepEqual([a.secured.length, b.secured.length], [0, 0]);
  assert.deepEqual(a.warnings, ["helloHash"]);
  assert.ok(a.failures.length > 0);
});

test("ZRTP from elsewhere than media comes from is passed over, unless its Hello was announced", async () => {
  const [a, b] = await openBoth();
  const { network, clock } = house;
  const { onSend } = network;
  const nat = "203.0.113.9";
  // B is behind a NAT and announces the address inside: what A sends there is lost, and B's packets come from outside.
  const inside = { address: "10.0.0.2", port: b.session.local.port };
  let isOpen = true;
  network.onSend = (octets, to, from) => {
    if (to.startsWith("10.0.0.2")) return undefined;
    if (from.startsWith("192.0.2.2") && isOpen) {
      network.inject(octets, [nat, 5_000], [a.session.local.address, a.session.local.port]);
      return undefined;
    }
    if (to === `${nat}:5000`) {
      network.inject(
        octets,
        [a.session.local.address, a.session.local.port],
        [b.session.local.address, b.session.local.port],
      );
      return undefined;
    }
    return onSend!(octets, to, from);
  };
  // B sends no media before it is secure.
  await a.session.configure({ ...common, remote: inside, zrtp: { remoteHash: b.session.zrtpHash } });
  await b.session.configure({ ...common, remote: a.session.local, zrtp: { required: true } });
  await clock.advanceAsync(3_000);
  assert.equal(a.secured[0]?.sas, b.secured[0]?.sas);
  assert.notEqual(a.secured[0], undefined);
  assert.equal((await a.session.stats()).remote?.address, nat);
  isOpen = false;

  // The same without an announcement: a stranger's packets, as far as A can know.
  const [c, d] = await openBoth();
  await c.session.configure({ ...common, remote: d.session.local, zrtp: {} });
  const before = (await c.session.stats()).refused.notRtp;
  const ping = Buffer.from("1000000a5a52545001020304505a000650696e6720202020312e3130112233445566778899999999", "hex");
  house.network.inject(ping, ["203.0.113.66", 6_000], [c.session.local.address, c.session.local.port]);
  await house.clock.advanceAsync(10);
  assert.equal((await c.session.stats()).refused.notRtp, before + 1);
});

test("keys of the description go before ZRTP, which is then not spoken", async () => {
  const [a, b] = await openBoth();
  const mirrored = { ...keys, localKeySalt: keys.remoteKeySalt, remoteKeySalt: keys.localKeySalt };
  await a.session.configure({ ...common, remote: b.session.local, sdes: keys, zrtp: {} });
  await b.session.configure({ ...common, remote: a.session.local, sdes: mirrored, zrtp: {} });
  await house.clock.advanceAsync(2_000);
  assert.deepEqual([a.secured.length, b.secured.length], [0, 0]);
  assert.deepEqual((await a.session.stats()).protection, { by: "sdes", suite: keys.suite });
});

test("hold and its end keep the keys; only a Hello of somebody else begins anew, and nothing is sent in clear meanwhile", async () => {
  const [a, b] = await openBoth();
  await configure(a, b, {}, true);
  for (const { session } of [a, b]) await session.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await house.clock.advanceAsync(1_000);
  const held = (side: Side, direction: StreamConfig["direction"]): Promise<void> =>
    a.session.configure({
      ...common,
      direction,
      remote: side.session.local,
      zrtp: { remoteHash: side.session.zrtpHash },
    });
  await held(b, "sendonly");
  await house.clock.advanceAsync(1_000);
  await held(b, "sendrecv");
  await house.clock.advanceAsync(1_000);
  assert.equal(a.secured.length, 1);
  assert.equal((await a.session.stats()).refused.unauthentic, 0);

  house.clear = [];
  house.network.conditions = { delayMs: 60 };
  const c = await openSide("192.0.2.3");
  await c.session.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await held(c, "sendrecv");
  await c.session.configure({
    ...common,
    remote: a.session.local,
    zrtp: { remoteHash: a.session.zrtpHash, required: true },
  });
  const heard = await listenTo(a.session);
  await house.clock.advanceAsync(3_000);
  assert.equal(a.secured.length, 2);
  assert.equal(a.secured[1]!.sas, c.secured[0]!.sas);
  assert.notEqual(a.secured[1]!.peerZid, a.secured[0]!.peerZid);
  assert.deepEqual(house.clear, []);
  assert.ok(measure(heard().subarray(12_000), 400).purity > 0.97);
});

test("the next call knows the other side again, and that people have compared (RFC 6189 §4.9, §7.1)", async () => {
  const [a, b] = await openBoth();
  await configure(a, b);
  await house.clock.advanceAsync(1_000);
  assert.deepEqual([a.secured[0]!.continuity, a.secured[0]!.verified], [false, false]);
  await a.session.verifySas(true);
  assert.equal(a.secured[1]!.verified, true);
  const [c, d] = await Promise.all([openSession(a.engine), openSession(b.engine)]);
  await configure(c, d);
  await house.clock.advanceAsync(1_000);
  assert.deepEqual([c.secured[0]!.continuity, c.secured[0]!.verified], [true, true]);
  assert.equal(d.secured[0]!.verifiedByPeer, true);
});

test("a memory that fails is as good as none", async () => {
  openHouse();
  const { clock, network, engines } = house;
  const sides: Side[] = [];
  for (const octet of [1, 2]) {
    const zrtpCache: ZrtpCache = {
      zid: new Uint8Array(12).fill(octet),
      lookup: () => Promise.reject(new Error("no disk")),
      update: () => {},
    };
    const engine = createMediaEngine({ address: `192.0.2.${octet}` }, { clock, bind: network.bind, zrtpCache });
    engines.push(engine);
    sides.push(await openSession(engine));
  }
  const [a, b] = sides as [Side, Side];
  await configure(a, b);
  await clock.advanceAsync(1_000);
  assert.equal(a.secured[0]?.sas, b.secured[0]?.sas);
  assert.equal(a.secured.length, 1);
});

test("video takes its keys from the sound of the same call (RFC 6189 §4.4.3)", async () => {
  openHouse();
  const zrtp = { call: "one" };
  const [a, b] = [await openSide("192.0.2.1", { zrtp }), await openSide("192.0.2.2", { zrtp })];
  const videos: { session: PacketSession; secured: ZrtpSecurity[]; failures: string[] }[] = [];
  for (const { engine } of [a, b]) {
    const session = await engine.openPackets({ zrtp });
    const video = { session, secured: [] as ZrtpSecurity[], failures: [] as string[] };
    session.events.on("secured", (security) => video.secured.push(security));
    session.events.on("zrtpFailed", (why) => video.failures.push(why));
    videos.push(video);
  }
  const [v, w] = videos as [(typeof videos)[0], (typeof videos)[0]];
  const vp8 = { ...pcmu, name: "VP8", clockRate: 90_000, sendPayloadType: 100, receivePayloadType: 100 };
  await v.session.configure({
    ...common,
    codecs: [vp8],
    remote: w.session.local,
    zrtp: { remoteHash: w.session.zrtpHash },
  });
  await w.session.configure({
    ...common,
    codecs: [vp8],
    remote: v.session.local,
    zrtp: { remoteHash: v.session.zrtpHash },
  });
  await house.clock.advanceAsync(1_000);
  // Nothing is known yet of the sound, which comes first.
  assert.equal(v.secured.length, 0);
  await configure(a, b, {}, true);
  await house.clock.advanceAsync(2_000);
  assert.equal(v.secured[0]?.agreement, "Mult");
  assert.deepEqual([v.secured[0]!.sas, w.secured[0]!.sas], [a.secured[0]!.sas, a.secured[0]!.sas]);
  const { readable } = await w.session.packets();
  const { writable } = await v.session.packets();
  await writable.getWriter().write({ timestamp: 1, payload: Uint8Array.of(1, 2, 3) });
  await house.clock.advanceAsync(100);
  assert.deepEqual((await readable.getReader().read()).value!.payload, Uint8Array.of(1, 2, 3));
  assert.deepEqual((await w.session.stats()).protection, { by: "zrtp", suite: "AES_CM_128_HMAC_SHA1_80" });
});

test("where the sound came to nothing, video says so, too", async () => {
  openHouse();
  const a = await openSide("192.0.2.1", { zrtp: { call: "one" } });
  const b = await openSide("192.0.2.2", {});
  const video = await a.engine.openPackets({ zrtp: { call: "one" } });
  const failures: string[] = [];
  video.events.on("zrtpFailed", (why) => failures.push(why));
  await video.configure({ ...common, remote: { address: "192.0.2.2", port: 9_000 }, zrtp: {} });
  await configure(a, b);
  await house.clock.advanceAsync(6_000);
  assert.equal(a.failures.length, 1);
  assert.match(failures[0]!, /first stream/);
});
