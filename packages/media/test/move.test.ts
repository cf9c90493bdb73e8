/** Streams whose own address changes while they run. RFC 3264 §8.3.1. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openMediaPool } from "../src/index.ts";
import { keys, listenTo, measure, openPair } from "./rig.ts";

for (const sdes of [undefined, keys]) {
  test(`sound goes on over a move, both ways, and the sockets before are closed (${sdes === undefined ? "clear" : "SRTP"})`, async () => {
    const pair = await openPair();
    const { a, b, clock, network } = pair;
    await pair.configure({ sdes });
    const from = new Set<string>();
    network.onSend = (octets, _to, source) => {
      from.add(source.split(":")[0]!);
      return octets;
    };
    await a.play({ kind: "sine", hz: 440 });
    await b.play({ kind: "sine", hz: 440 });
    const before = a.local;
    await a.move("192.0.2.9");
    assert.equal(a.local.address, "192.0.2.9");
    assert.equal(network.open, 6);
    // Not agreed on yet: all goes on as it was.
    const early = [await listenTo(a), await listenTo(b)];
    await clock.advanceAsync(1_000);
    for (const heard of early) assert.ok(measure(heard().subarray(1_600), 440).purity > 0.99);
    assert.equal(from.has("192.0.2.9"), false);

    await pair.configure({ sdes });
    assert.equal(network.open, 4);
    from.clear();
    const late = [await listenTo(a), await listenTo(b)];
    await clock.advanceAsync(1_000);
    for (const heard of late) assert.ok(measure(heard().subarray(1_600), 440).purity > 0.99);
    assert.equal(from.has(before.address), false);
    // Of a packet that leaves before the other side knows where from.
    assert.ok((await b.stats()).received.lost <= 1);
    await pair.close();
    assert.equal(network.open, 0);
  });
}

test("a move that is taken back leaves everything as it was; so does one that fails", async () => {
  const pair = await openPair();
  const { a, b, clock, network } = pair;
  await pair.configure({ rtcpMux: true });
  const { local } = a;
  await b.play({ kind: "sine", hz: 440 });
  await a.move("192.0.2.9");
  await a.move("192.0.2.10");
  await a.move(undefined);
  await a.move(undefined);
  assert.deepEqual([a.local, network.open], [local, 2]);
  await a.move("192.0.2.1");
  assert.notEqual(a.local.port, local.port);
  await a.move(undefined);
  const heard = await listenTo(a);
  await clock.advanceAsync(500);
  assert.ok(measure(heard().subarray(1_600), 440).purity > 0.99);
  await a.move("192.0.2.9");
  await pair.close();
  assert.equal(network.open, 0);
});

test("a session in a media thread knows where it is heard after a move", async () => {
  await using pool = await openMediaPool({ address: "127.0.0.1", ports: [47_000, 47_099], threads: 1 });
  const session = await pool.open();
  const { local } = session;
  await session.move("127.0.0.1");
  assert.notEqual(session.local.port, local.port);
  await session.move(undefined);
  assert.deepEqual(session.local, local);
  await assert.rejects(session.move("203.0.113.1"), { code: "MEDIA_BIND_FAILED" });
  assert.deepEqual(session.local, local);
});
