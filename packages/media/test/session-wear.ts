/** Opens, uses and closes many sessions over sockets on loopback, and says what is left of them. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Worker } from "node:worker_threads";
import type { MediaCodec, MediaEngine, MediaSession, PacketSession, StreamConfig } from "../src/index.ts";
import { sdesVariants } from "./keys.ts";
import { events, opus, pcmu } from "./rig.ts";

/** Open at the same time. */
const together = 50;
/** Until compilers, caches and pools have what they want. */
const mostWarmSessions = 1_000;
/** Three packets and a little. */
const useMs = 70;

const vp8: MediaCodec = { ...pcmu, name: "VP8", clockRate: 90_000, sendPayloadType: 96, receivePayloadType: 96 };

export interface Wear {
  readonly sessions: number;
  /** What the engine still counts, before it is closed. */
  readonly sessionsLeft: number;
  readonly portsLeft: number;
  /** Packets that came to sessions that were asked: that they were in use at all. */
  readonly packetsSeen: number;
  /** Sockets, threads, ports of messages, timers that are there after the engine was closed and were not before it was opened. */
  readonly resourcesLeft: readonly string[];
  /** Growth of the heap, garbage collected, from the end of the warm-up on; of this thread and of media threads, octets a session. */
  readonly heapBytesEach: number;
  readonly threadHeapBytesEach: number;
}

type Session = MediaSession | PacketSession;

/** `sessions` beyond the warm-up. */
export async function wearOut(open: () => Promise<MediaEngine>, sessions: number): Promise<Wear> {
  const before = resources();
  const workers: Worker[] = [];
  const created = (message: unknown): number => workers.push((message as { readonly worker: Worker }).worker);
  subscribe("worker_threads", created);
  const engine = await open();
  unsubscribe("worker_threads", created);
  await use(engine, Math.min(mostWarmSessions, sessions));
  const warm = await heaps(workers);
  const packetsSeen = await use(engine, sessions);
  const worn = await heaps(workers);
  const { sessions: sessionsLeft, portsInUse: portsLeft } = await engine.stats();
  await engine.close();
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  const left = resources();
  for (const one of before) left.splice(left.indexOf(one), left.includes(one) ? 1 : 0);
  return {
    sessions,
    sessionsLeft,
    portsLeft,
    packetsSeen,
    resourcesLeft: left,
    heapBytesEach: Math.round((worn.own - warm.own) / sessions),
    threadHeapBytesEach: Math.round((worn.threads - warm.threads) / sessions),
  };
}

/** The packets that the first session of each batch got. */
async function use(engine: MediaEngine, sessions: number): Promise<number> {
  let seen = 0;
  for (let batch = 0; batch * together < sessions; batch++) {
    const isVideo = batch % 5 === 4;
    const opened: Session[] = await Promise.all(
      Array.from({ length: together }, () => (isVideo ? engine.openPackets() : engine.open({ group: `${batch}` }))),
    );
    await Promise.all(opened.map((session, index) => start(session, opened[index ^ 1]!, index, isVideo ? vp8 : pcmu)));
    await new Promise((resolve) => setTimeout(resolve, useMs));
    seen += (await opened[0]!.stats()).received.packets;
    await Promise.all(opened.map((session) => session.close()));
  }
  return seen;
}

async function start(session: Session, other: Session, index: number, codec: MediaCodec): Promise<void> {
  const keys = sdesVariants[(index >> 1) % 5]!;
  const mirrored = { ...keys, localKeySalt: keys.remoteKeySalt, remoteKeySalt: keys.localKeySalt };
  const config: StreamConfig = {
    direction: "sendrecv",
    rtcpMux: (index >> 1) % 2 === 0,
    // Both of a pair alike.
    codecs: [index >> 1 === 0 && codec === pcmu ? opus : codec],
    companions: codec === pcmu ? [events] : [],
    remote: other.local,
    ...((index >> 1) % 3 === 0 ? { sdes: index % 2 === 0 ? keys : mirrored } : {}),
  };
  await session.configure(config);
  if ("packets" in session) {
    if (index % 2 === 1) return session.echo(true);
    const { readable, writable } = await session.packets();
    const writer = writable.getWriter();
    for (let packet = 0; packet < 3; packet++) await writer.write({ timestamp: packet, payload: new Uint8Array(500) });
    void readable.pipeTo(new WritableStream()).catch(() => {});
    writer.releaseLock();
    return;
  }
  if (index % 7 === 0) await session.dial("1");
  if (index % 5 === 0) void (await session.audio({ listenOnly: true })).readable.pipeTo(new WritableStream());
  await session.play(index % 3 === 0 ? { kind: "mix", group: `${index >> 3}` } : { kind: "sine", hz: 400 });
}

/** Everything that keeps a process alive or is a resource of ours. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => /UDP|Worker|MessagePort|Timeout|Immediate/.test(kind));
}

async function heaps(workers: readonly Worker[]): Promise<{ readonly own: number; readonly threads: number }> {
  let threads = 0;
  for (const worker of workers) {
    // A snapshot collects garbage first; nothing else does from outside.
    const snapshot = await worker.getHeapSnapshot();
    snapshot.resume();
    await new Promise((resolve) => snapshot.once("end", resolve));
    threads += (await worker.getHeapStatistics()).used_heap_size;
  }
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { own: process.memoryUsage().heapUsed, threads };
}
