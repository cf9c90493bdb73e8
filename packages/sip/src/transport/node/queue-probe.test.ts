import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { systemClock } from "@trapezoid/base";
import { TestPeer } from "../../../test/transport/test-peer.ts";

/** Sockets are real, time is the test's. */
class Peer extends TestPeer {
  readonly #time: { ms: number };

  constructor(time = { ms: 0 }) {
    super({ clock: { now: () => time.ms, after: (ms, run) => systemClock.after(ms, run) } });
    this.#time = time;
  }

  pass(ms: number): void {
    this.#time.ms += ms;
  }

  /** As a worker asks: every 100 ms, between which what came is read. */
  async ask(isBusy: boolean): Promise<number | undefined> {
    const age = this.transport.queueAgeMs(isBusy);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    this.pass(100);
    return age;
  }

  /** Until a probe has come home. */
  async untilKnown(): Promise<void> {
    do await this.ask(false);
    while ((await this.ask(true)) === undefined);
  }
}

test("what is read at once has no age; what waits for its thread is as old as it waits", async () => {
  await using peer = new Peer();
  await peer.listen("udp");
  await peer.untilKnown();
  assert.equal(await peer.ask(false), 0);
  assert.equal(peer.transport.queueAgeMs(true), 0);
  // Nothing is read meanwhile.
  peer.pass(120);
  assert.equal(peer.transport.queueAgeMs(true), 120);
  // Then all is, the latest probe last.
  await peer.ask(true);
  assert.ok((await peer.ask(true))! < 120);
});

test("probes are no messages, no garbage and no keep-alives", async () => {
  await using peer = new Peer();
  await peer.listen("udp");
  await peer.untilKnown();
  for (let times = 0; times < 5; times++) await peer.ask(times % 2 === 0);
  const { received, keepAlives, garbage } = peer.transport.counters;
  assert.deepEqual([received, keepAlives, garbage["not-sip"]], [0, 0, 0]);
});

test("a thread with time to spare sends no probes, but one a minute to see that they still come home", async () => {
  await using peer = new Peer();
  await peer.listen("udp");
  await peer.untilKnown();
  await peer.ask(false);
  const before = peer.transport.counters.receivedBytes;
  for (let times = 0; times < 50; times++) await peer.ask(false);
  assert.equal(peer.transport.counters.receivedBytes, before);
  peer.pass(60_000);
  await peer.ask(false);
  while (peer.transport.counters.receivedBytes === before) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(peer.transport.counters.receivedBytes, before + 32);
});

test("what looks like a probe and comes from elsewhere is a keep-alive", async () => {
  await using peer = new Peer();
  const listener = await peer.listen("udp");
  await peer.untilKnown();
  const stranger: Socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(stranger, "listening");
  stranger.send(new Uint8Array(32).fill(10), listener.endpoints[0]!.port, "127.0.0.1");
  while (peer.transport.counters.keepAlives === 0) await new Promise((resolve) => setImmediate(resolve));
  stranger.close();
  assert.equal(peer.transport.counters.garbage["not-sip"], 0);
});

test("without a UDP socket nothing is known", async () => {
  await using peer = new Peer();
  await peer.listen("tcp");
  assert.equal(peer.transport.queueAgeMs(true), undefined);
});

test("threads that share a port each find a port of their own whose probes come home", async () => {
  await using first = new Peer();
  const listener = await first.transport.listen({ kind: "udp", host: "127.0.0.1", port: 0 }, { reusePort: true });
  const { port } = listener.endpoints[0]!;
  await using second = new Peer();
  await second.transport.listen({ kind: "udp", host: "127.0.0.1", port }, { reusePort: true });
  await Promise.all([first.untilKnown(), second.untilKnown()]);
});
