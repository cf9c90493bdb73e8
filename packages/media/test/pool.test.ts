import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { createMediaEngine, type MediaEngine, openMediaPool, type StreamConfig } from "../src/index.ts";
import { events, keys, measure, pcmu } from "./rig.ts";

const folder = mkdtempSync(path.join(tmpdir(), "trapezoid-pool-"));
after(() => rmSync(folder, { recursive: true }));

const call: Omit<StreamConfig, "remote"> = {
  direction: "sendrecv",
  rtcpMux: false,
  codecs: [pcmu],
  companions: [events],
};
const mirrored = { ...keys, localKeySalt: keys.remoteKeySalt, remoteKeySalt: keys.localKeySalt };

/** Everything that keeps a process alive or is a resource of ours. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /UDP|Worker|MessagePort|Timeout/.test(kind))
    .sort();
}

/** The same API in front of both: one suite for each. Real sockets on loopback and real time; nothing here depends on how fast it is. */
const engines: Readonly<Record<string, () => Promise<MediaEngine>>> = {
  "in this thread": async () => createMediaEngine({ address: "127.0.0.1", ports: [40_000, 40_999] }),
  "in two threads": () => openMediaPool({ address: "127.0.0.1", ports: [41_000, 41_999], threads: 2 }),
};

for (const [name, open] of Object.entries(engines)) {
  test(`${name}: a call over sockets with SRTP, digits, recording and an application's audio; nothing is left behind`, async () => {
    const before = resources();
    await using engine = await open();
    const [a, b] = await Promise.all([engine.open(), engine.open()]);
    await a.configure({ ...call, sdes: keys, remote: b.local });
    await b.configure({ ...call, sdes: mirrored, remote: a.local });
    await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
    const file = path.join(folder, `${name}.wav`);
    const recording = await b.record({ path: file, channels: "dual" });
    const digit = new Promise<string>((resolve) => b.events.on("digit", resolve));
    const { readable, writable } = await b.audio({ sampleRate: 8_000, bufferMs: 400 });
    const writer = writable.getWriter();
    await writer.write(new Int16Array(160));
    const heard: number[] = [];
    const reader = readable.getReader();
    while (heard.length < 16_000) heard.push(...(await reader.read()).value!);
    const { purity } = measure(Int16Array.from(heard.slice(-8_000)), 400);
    assert.ok(purity > 0.9, `${purity}`);
    await a.dial("7");
    assert.equal(await digit, "7");
    const { ms } = (await b.stopRecording(recording))!;
    assert.ok(ms >= 1_000);
    assert.equal(readFileSync(file).length, 44 + ms * 32);
    assert.ok((await b.stats()).received.packets > 50);
    await assert.rejects(a.dial("x"), { code: "MEDIA_BAD_DIGITS" });
    await assert.rejects(a.play({ kind: "file", path: path.join(folder, "none.wav") }), { code: "MEDIA_BAD_FILE" });
    assert.equal((await engine.stats()).sessions, 2);
    const closed = new Promise((resolve) => b.events.on("closed", resolve));
    await b.close();
    assert.equal(await closed, undefined);
    // What had been heard before can still be read; then it ends.
    while (!(await reader.read()).done);
    await assert.rejects(b.play({ kind: "echo" }), { code: "MEDIA_SESSION_CLOSED" });
    await engine.close();
    await settled();
    assert.deepEqual(resources(), before);
  });

  test(`${name}: packets that nobody decodes, sent back, with SRTP; requests for pictures come through`, async () => {
    const before = resources();
    await using engine = await open();
    const [a, b] = await Promise.all([engine.openPackets(), engine.openPackets()]);
    const vp8 = { ...pcmu, name: "VP8", clockRate: 90_000, sendPayloadType: 96, receivePayloadType: 96 };
    const video = { ...call, rtcpMux: true, codecs: [{ ...vp8, feedback: ["nack pli"] }], companions: [] };
    await a.configure({ ...video, sdes: keys, remote: b.local });
    await b.configure({ ...video, sdes: mirrored, remote: a.local });
    assert.deepEqual([a.local.port, b.local.port], [a.localRtcp.port, b.localRtcp.port]);
    await b.echo(true);
    const { readable, writable } = await a.packets();
    const writer = writable.getWriter();
    const reader = readable.getReader();
    for (let packet = 0; packet < 20; packet++) {
      await writer.write({ timestamp: packet * 3_600, marker: true, payload: new Uint8Array(900).fill(packet) });
      const { value } = await reader.read();
      assert.deepEqual([value!.payload.length, value!.payload[899], value!.marker], [900, packet, true]);
    }
    const asked = new Promise<void>((resolve) => a.events.on("keyFrameRequested", resolve));
    assert.equal(await b.requestKeyFrame(), true);
    await asked;
    assert.equal((await b.stats()).sent.packets, 20);
    await b.close();
    await assert.rejects(b.echo(false), { code: "MEDIA_SESSION_CLOSED" });
    await engine.close();
    while (!(await reader.read()).done);
    await settled();
    assert.deepEqual(resources(), before);
  });

  test(`${name}: 200 sessions opened and closed leave no socket`, async () => {
    const before = resources();
    await using engine = await open();
    for (let round = 0; round < 4; round++) {
      const sessions = await Promise.all(Array.from({ length: 50 }, () => engine.open()));
      assert.equal(new Set(sessions.map(({ local }) => local.port)).size, 50);
      await Promise.all(sessions.map((session) => session.configure({ ...call, remote: sessions[0]!.local })));
      await Promise.all(sessions.map((session) => session.close()));
    }
    const { sessions, portsInUse } = await engine.stats();
    assert.deepEqual([sessions, portsInUse], [0, 0]);
    await engine.close();
    await settled();
    assert.deepEqual(resources(), before);
  });
}

test("sessions of one group share a thread, so that they can be mixed", async () => {
  await using pool = await openMediaPool({ address: "127.0.0.1", ports: [42_000, 42_999], threads: 2 });
  const room = await Promise.all(Array.from({ length: 6 }, () => pool.open({ group: "room" })));
  assert.equal(new Set(room.map(({ id }) => id.split("-")[0])).size, 1);
  const others = await Promise.all(Array.from({ length: 6 }, () => pool.open()));
  assert.ok(
    others.every(({ id }) => id.split("-")[0] !== room[0]!.id.split("-")[0]),
    "load is shared",
  );
});

test("a thread that dies takes its sessions with it, tells why, and another takes its place", async () => {
  const workers: Worker[] = [];
  const created = (message: unknown): number => workers.push((message as { readonly worker: Worker }).worker);
  subscribe("worker_threads", created);
  const ended: string[] = [];
  await using pool = await openMediaPool({
    address: "127.0.0.1",
    ports: [44_000, 44_099],
    threads: 2,
    onThreadEnded: (why) => ended.push(why),
  });
  unsubscribe("worker_threads", created);
  const [first, second] = await Promise.all([pool.open(), pool.open()]);
  const whyClosed = new Promise((resolve) => first.events.on("closed", resolve));
  await workers[0]!.terminate();
  assert.match(String(await whyClosed), /exit code/);
  assert.equal(ended.length, 1);
  await assert.rejects(first.stats(), { code: "MEDIA_SESSION_CLOSED" });
  assert.equal((await second.stats()).sent.packets, 0);
  const third = await pool.open();
  assert.equal(third.id.split("-")[0], first.id.split("-")[0], "the thread with the least to do is the new one");
});

test("IPv6", async () => {
  await using engine = createMediaEngine({ address: "::1", ports: [43_000, 43_099] });
  const [a, b] = await Promise.all([engine.open(), engine.open()]);
  const latched = new Promise((resolve) => b.events.on("latched", resolve));
  await a.configure({ ...call, remote: b.local });
  await b.configure({ ...call, remote: a.local });
  assert.deepEqual(await latched, a.local);
});

/** Handles of closed sockets and threads go at the end of the turn in which they are closed. */
async function settled(): Promise<void> {
  const channel = new MessageChannel();
  channel.port1.postMessage(0);
  await once(channel.port2, "message");
  channel.port1.close();
  await once(channel.port1, "close");
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
