/**
 * What media costs: SRTP per packet beside werift's, CPU per stream by codec and protection, frames that are late at 100, 300 and
 * 600 streams in one thread, memory per call. Streams are sessions over sockets on loopback: half send a tone, half decode it and
 * send it back, so that each figure holds both ends. Ends with one line of JSON; `ratio` is the worse of protecting and opening.
 */

import { type MediaCodec, type MediaEngine, type MediaSession, openMediaPool, type SdesKeys } from "@trapezoid/media";
import { encodeRtp, SrtpReceiver, SrtpSender, srtpSuite } from "@trapezoid/rtp";
import { nodeCiphers } from "@trapezoid/rtp/node";
import { type RtpHeader, RtpPacket, SrtpSession } from "werift";

const quick = process.argv.includes("--quick");
const rounds = quick ? 5 : 15;
const packetsPerRound = quick ? 2_000 : 10_000;
const measureMs = quick ? 2_000 : 10_000;

const pcmu: MediaCodec = { name: "PCMU", clockRate: 8_000, channels: 1, sendPayloadType: 0, receivePayloadType: 0 };
const opus: MediaCodec = {
  name: "opus",
  clockRate: 48_000,
  channels: 2,
  sendPayloadType: 111,
  receivePayloadType: 111,
};
const keys: SdesKeys = {
  suite: "AES_CM_128_HMAC_SHA1_80",
  localKeySalt: Buffer.alloc(30, 1).toString("base64"),
  remoteKeySalt: Buffer.alloc(30, 2).toString("base64"),
};

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function cpuUs(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface PerPacket {
  readonly protectUs: number;
  readonly openUs: number;
}

/** Both libraries take turns on the same packets; what one has protected the other must open. */
function srtp(): { ours: PerPacket; peer: PerPacket } {
  const key = Buffer.alloc(16, 1);
  const salt = Buffer.alloc(14, 2);
  const keying = { suite: srtpSuite("AES_CM_128_HMAC_SHA1_80")!, masterKey: key, masterSalt: salt };
  const weriftKeys = { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt };
  const samples = {
    ours: { protect: [] as number[], open: [] as number[] },
    peer: { protect: [] as number[], open: [] as number[] },
  };
  const payload = new Uint8Array(160).fill(0x55);
  for (let round = 0; round < rounds + 2; round++) {
    const sender = new SrtpSender(nodeCiphers, keying);
    const receiver = new SrtpReceiver(nodeCiphers, keying);
    const peer = new SrtpSession({ keys: weriftKeys, profile: 1 });
    const plain = Array.from({ length: packetsPerRound }, (_, sequence) =>
      encodeRtp({ payloadType: 0, sequence, timestamp: sequence * 160, ssrc: 7, payload }),
    );
    const headers = plain.map((octets) => RtpPacket.deSerialize(Buffer.from(octets)));
    const timed = (into: number[], run: (index: number) => void): void => {
      const from = process.cpuUsage();
      for (let index = 0; index < packetsPerRound; index++) run(index);
      if (round >= 2) into.push(cpuUs(from) / packetsPerRound);
    };
    const oursSealed: Uint8Array[] = [];
    const peerSealed: Buffer[] = [];
    // Each keeps what it made: a copy for ours, which writes into one buffer.
    timed(samples.ours.protect, (index) => oursSealed.push(Uint8Array.from(sender.protect(plain[index]!))));
    timed(samples.peer.protect, (index) => {
      const { payload: body, header } = headers[index]!;
      peerSealed.push(peer.encrypt(body, header as RtpHeader));
    });
    if (!peerSealed[9]!.equals(oursSealed[9]!)) throw new TypeError("the two libraries protect a packet differently");
    let opened = 0;
    timed(samples.ours.open, (index) => {
      if (receiver.open(peerSealed[index]!) !== undefined) opened++;
    });
    timed(samples.peer.open, (index) => {
      if (peer.decrypt(Buffer.from(oursSealed[index]!)).length === 172) opened++;
    });
    if (opened !== 2 * packetsPerRound) throw new TypeError("a packet was not opened");
  }
  const of = ({ protect, open }: { protect: number[]; open: number[] }): PerPacket => ({
    protectUs: Number(median(protect).toFixed(2)),
    openUs: Number(median(open).toFixed(2)),
  });
  return { ours: of(samples.ours), peer: of(samples.peer) };
}

async function openStreams(
  engine: MediaEngine,
  streams: number,
  codec: MediaCodec,
  sdes: SdesKeys | undefined,
): Promise<MediaSession[]> {
  const sessions: MediaSession[] = [];
  for (let pair = 0; pair < streams / 2; pair++) {
    const [a, b] = await Promise.all([engine.open(), engine.open()]);
    const base = { direction: "sendrecv", rtcpMux: true, codecs: [codec] } as const;
    const mirrored = sdes && { ...sdes, localKeySalt: sdes.remoteKeySalt, remoteKeySalt: sdes.localKeySalt };
    await a.configure({ ...base, remote: b.local, sdes });
    await b.configure({ ...base, remote: a.local, sdes: mirrored });
    await a.play({ kind: "sine", hz: 400 });
    await b.play({ kind: "echo" });
    sessions.push(a, b);
  }
  return sessions;
}

interface Load {
  readonly streams: number;
  /** CPU of one stream, in percent of a core. */
  readonly cpuPercent: number;
  /** Share of frames that began more than 5 ms late, in percent. */
  readonly latePercent: number;
  readonly lostPercent: number;
  readonly kilobytes: number;
}

async function load(streams: number, codec: MediaCodec, sdes: SdesKeys | undefined): Promise<Load> {
  await using engine = await openMediaPool({ address: "127.0.0.1", ports: [30_000, 33_999], threads: 1 });
  const rssBefore = process.memoryUsage().rss;
  const sessions = await openStreams(engine, streams, codec, sdes);
  await sleep(1_000);
  const before = await engine.stats();
  const from = process.cpuUsage();
  const startedAt = performance.now();
  await sleep(measureMs);
  const us = cpuUs(from);
  const ms = performance.now() - startedAt;
  const after = await engine.stats();
  const kilobytes = (process.memoryUsage().rss - rssBefore) / 1_024 / streams;
  const all = await Promise.all(sessions.map((session) => session.stats()));
  const frames = after.frames - before.frames + (after.skippedFrames - before.skippedFrames);
  const late = after.lateFrames - before.lateFrames + (after.skippedFrames - before.skippedFrames);
  const expected = all.reduce((sum, { received }) => sum + received.packets + received.lost, 0);
  const lost = all.reduce((sum, { received }) => sum + received.lost, 0);
  return {
    streams,
    cpuPercent: Number((us / 10 / ms / streams).toFixed(3)),
    latePercent: Number(((late * 100) / Math.max(1, frames)).toFixed(2)),
    lostPercent: Number(((lost * 100) / Math.max(1, expected)).toFixed(2)),
    kilobytes: Math.round(kilobytes),
  };
}

const perPacket = srtp();
console.log("µs of CPU a packet of 172 octets, AES_CM_128_HMAC_SHA1_80      protect      open");
for (const [name, { protectUs, openUs }] of [
  ["trapezoid", perPacket.ours],
  ["werift", perPacket.peer],
] as const) {
  console.log(`${name.padEnd(60)}${protectUs.toFixed(2).padStart(10)}${openUs.toFixed(2).padStart(10)}`);
}

const series = [
  ["G.711", "plain", pcmu, undefined, quick ? [100] : [100, 300, 600]],
  ["G.711", "SRTP", pcmu, keys, quick ? [100] : [100, 300, 600]],
  ["Opus", "plain", opus, undefined, [quick ? 10 : 20]],
  ["Opus", "SRTP", opus, keys, [quick ? 10 : 20]],
] as const;
const loads: Record<string, Load> = {};
console.log("\ncodec   protection   streams   % of a core each   % frames > 5 ms late   % lost   KB each");
for (const [name, protection, codec, sdes, counts] of series) {
  for (const count of counts) {
    const one = await load(count, codec, sdes);
    loads[`${name} ${protection} ${count}`] = one;
    const cells = [one.streams, one.cpuPercent, one.latePercent, one.lostPercent, one.kilobytes];
    console.log(
      `${name.padEnd(8)}${protection.padEnd(10)}${cells.map((cell) => String(cell).padStart(12)).join("  ")}`,
    );
  }
}

const { ours, peer } = perPacket;
const ratio = Number(Math.max(ours.protectUs / peer.protectUs, ours.openUs / peer.openUs).toFixed(3));
console.log(JSON.stringify({ bench: "media", ratio, unit: "µs", ours: { ...ours, loads }, peer }));
