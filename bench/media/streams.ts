/** Streams at work: sessions over sockets on loopback, in one media thread. Half send a tone, half decode it and send it back. */

import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  createMediaEngine,
  type Direction,
  type MediaCodec,
  type MediaEngine,
  type MediaSession,
  openMediaPool,
  type SdesKeys,
} from "@trapezoid/media";
import { median, round } from "../rig/report.ts";

export const pcmu: MediaCodec = {
  name: "PCMU",
  clockRate: 8_000,
  channels: 1,
  sendPayloadType: 0,
  receivePayloadType: 0,
};
export const opus: MediaCodec = {
  name: "opus",
  clockRate: 48_000,
  channels: 2,
  sendPayloadType: 111,
  receivePayloadType: 111,
};

function keysOf(suite: string, bytes: number): SdesKeys {
  const keySalt = (octet: number): string => Buffer.alloc(bytes, octet).toString("base64");
  return { suite, localKeySalt: keySalt(1), remoteKeySalt: keySalt(2) };
}

export const protections: Readonly<Record<string, SdesKeys | undefined>> = {
  plain: undefined,
  "AES-CM": keysOf("AES_CM_128_HMAC_SHA1_80", 30),
  GCM: keysOf("AEAD_AES_128_GCM", 28),
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function configure(
  [a, b]: readonly [MediaSession, MediaSession],
  direction: Direction,
  codec: MediaCodec,
  sdes: SdesKeys | undefined,
): Promise<void> {
  const base = { direction, rtcpMux: true, codecs: [codec] };
  const mirrored = sdes && { ...sdes, localKeySalt: sdes.remoteKeySalt, remoteKeySalt: sdes.localKeySalt };
  await a.configure({ ...base, remote: b.local, sdes });
  await b.configure({ ...base, remote: a.local, sdes: mirrored });
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
    await configure([a, b], "sendrecv", codec, sdes);
    await a.play({ kind: "sine", hz: 400 });
    await b.play({ kind: "echo" });
    sessions.push(a, b);
  }
  return sessions;
}

export interface Load {
  readonly streams: number;
  /** µs of CPU for 20 ms of a stream, sent and received. */
  readonly frameUs: number;
  /** Percent of a core, all streams together. */
  readonly corePercent: number;
  /** Share of frames that were sent more than 5 ms late or left out, in percent. */
  readonly latePercent: number;
  readonly lostPercent: number;
}

export interface LoadOptions {
  readonly streams: number;
  readonly codec: MediaCodec;
  readonly sdes: SdesKeys | undefined;
  /** Until compilers have what they want. */
  readonly warmMs: number;
  readonly measureMs: number;
}

export async function measureLoad({ streams, codec, sdes, warmMs, measureMs }: LoadOptions): Promise<Load> {
  await using engine = await openMediaPool({ address: "127.0.0.1", ports: [30_000, 33_999], threads: 1 });
  const sessions = await openStreams(engine, streams, codec, sdes);
  await sleep(warmMs);
  const before = await engine.stats();
  const from = process.cpuUsage();
  const startedAt = performance.now();
  await sleep(measureMs);
  const { user, system } = process.cpuUsage(from);
  const ms = performance.now() - startedAt;
  const after = await engine.stats();
  const all = await Promise.all(sessions.map((session) => session.stats()));
  const skipped = after.skippedFrames - before.skippedFrames;
  const sent = after.frames - before.frames;
  const expected = all.reduce((sum, { received }) => sum + received.packets + received.lost, 0);
  const lost = all.reduce((sum, { received }) => sum + received.lost, 0);
  return {
    streams,
    frameUs: round((user + system) / sent, 1),
    corePercent: round((user + system) / 10 / ms, 1),
    latePercent: round(((after.lateFrames - before.lateFrames + skipped) * 100) / (sent + skipped), 2),
    lostPercent: round((lost * 100) / Math.max(1, expected), 2),
  };
}

/** KB of heap and buffers that a call holds: two sessions at work, garbage collected, compiled code left out. */
export async function measureMemory(codec: MediaCodec, sdes: SdesKeys | undefined, calls: number): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const held = async (): Promise<number> => {
    for (let turn = 0; turn < 3; turn++) {
      collect();
      await sleep(0);
    }
    const spaces = getHeapSpaceStatistics().filter(({ space_name }) => !space_name.includes("code"));
    return spaces.reduce((sum, { space_used_size }) => sum + space_used_size, process.memoryUsage().external);
  };
  await using engine = createMediaEngine({ address: "127.0.0.1", ports: [34_000, 37_999] });
  // What the first ones load and compile stays, and is none of theirs.
  const first = await openStreams(engine, 2 * calls, codec, sdes);
  await sleep(2_000);
  await Promise.all(first.map((session) => session.close()));
  const growths: number[] = [];
  for (let batch = 0; batch < 5; batch++) {
    const before = await held();
    const sessions = await openStreams(engine, 2 * calls, codec, sdes);
    await sleep(300);
    // Packets on their way are nobody's.
    for (let at = 0; at < sessions.length; at += 2) {
      await configure([sessions[at]!, sessions[at + 1]!], "inactive", codec, sdes);
    }
    await sleep(100);
    growths.push((await held()) - before);
  }
  return round(median(growths) / 1_024 / calls, 1);
}
