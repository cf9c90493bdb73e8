import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { TestPeer } from "../../../test/transport/test-peer.ts";

/** Asks until it is known: the first probe has to come home. */
async function known(peer: TestPeer): Promise<number> {
  for (;;) {
    // A moment for the probe to come, as there is between two calls in service.
    peer.transport.queueAgeMs(false);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    const age = peer.transport.queueAgeMs(true);
    if (age !== undefined) return age;
  }
}

function holdUp(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("what is read at once has no age; what waited for its thread has waited as long", async () => {
  await using peer = new TestPeer();
  await peer.listen("udp");
  await known(peer);
  peer.transport.queueAgeMs(true);
  holdUp(120);
  let oldest = 0;
  while (oldest < 119) {
    await new Promise((resolve) => setImmediate(resolve));
    oldest = Math.max(oldest, peer.transport.queueAgeMs(true)!);
  }
  assert.equal(peer.transport.queueAgeMs(false), 0);
});

test("probes are no messages, no garbage and no keep-alives", async () => {
  await using peer = new TestPeer();
  await peer.listen("udp");
  for (let times = 0; times < 5; times++) await known(peer);
  const { received, keepAlives, garbage } = peer.transport.counters;
  assert.deepEqual([received, keepAlives, garbage["not-sip"]], [0, 0, 0]);
});

test("what looks like a probe and comes from elsewhere is a keep-alive", async () => {
  await using peer = new TestPeer();
  const listener = await peer.listen("udp");
  await known(peer);
  const stranger: Socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(stranger, "listening");
  stranger.send(new Uint8Array(32).fill(10), listener.endpoints[0]!.port, "127.0.0.1");
  while (peer.transport.counters.keepAlives === 0) await new Promise((resolve) => setImmediate(resolve));
  stranger.close();
  assert.equal(peer.transport.counters.garbage["not-sip"], 0);
});

test("without a UDP socket nothing is known", async () => {
  await using peer = new TestPeer();
  await peer.listen("tcp");
  assert.equal(peer.transport.queueAgeMs(true), undefined);
});

test("threads that share a port each find a port of their own whose probes come home", async () => {
  await using first = new TestPeer();
  const listener = await first.transport.listen({ kind: "udp", host: "127.0.0.1", port: 0 }, { reusePort: true });
  const { port } = listener.endpoints[0]!;
  await using second = new TestPeer();
  await second.transport.listen({ kind: "udp", host: "127.0.0.1", port }, { reusePort: true });
  const ages = await Promise.all([known(first), known(second)]);
  for (const age of ages) assert.ok(age >= 0);
});
