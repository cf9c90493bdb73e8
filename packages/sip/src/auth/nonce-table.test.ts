import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { nodeHash } from "./node.ts";
import { createNonceTable, NonceTable } from "./nonce-table.ts";

const PAIRS = 32_000;
const ROUND = 16;
const THREADS = 2;

if (!isMainThread) {
  // One of the racing threads of the last test: waits for the others, uses every pair, tells which it was granted.
  const { buffer, gate } = workerData as { buffer: SharedArrayBuffer; gate: Int32Array };
  const table = new NonceTable(buffer);
  const granted = new Uint8Array(PAIRS);
  for (let i = 0; i < PAIRS; i++) {
    if (i % ROUND === 0) {
      Atomics.add(gate, 0, 1);
      while (Atomics.load(gate, 0) < THREADS * (i / ROUND + 1));
    }
    if (table.use(i & 1, 1_000 + (i >> 4), i & 1, (i >> 1) & 7) === "accepted") granted[i] = 1;
  }
  parentPort!.postMessage(granted);
} else {
  const tableOf = (slots: number) => createNonceTable(nodeHash.random, { slots });

  test("NonceTable accepts a pair of nonce and count once (RFC 7616 §3.4)", () => {
    const table = tableOf(4);
    assert.equal(table.use(1, 1_000, 7, 1), "accepted");
    assert.equal(table.use(1, 1_000, 7, 1), "used");
    assert.equal(table.use(1, 1_000, 7, 2), "accepted");
    assert.equal(table.use(1, 1_000, 7, 1), "used");
  });

  test("NonceTable takes counts out of order within 32, each once", () => {
    const table = tableOf(4);
    assert.equal(table.use(0, 1_000, 7, 40), "accepted");
    assert.equal(table.use(0, 1_000, 7, 9), "accepted");
    assert.equal(table.use(0, 1_000, 7, 9), "used");
    assert.equal(table.use(0, 1_000, 7, 8), "used");
    for (let nc = 10; nc < 40; nc++) assert.equal(table.use(0, 1_000, 7, nc), "accepted");
    for (let nc = 0; nc <= 40; nc++) assert.equal(table.use(0, 1_000, 7, nc), "used");
  });

  test("NonceTable keeps its window over steps of every width and up to the largest count", () => {
    for (let step = 1; step < 40; step++) {
      const table = tableOf(1);
      assert.equal(table.use(0, 1_000, 7, 100), "accepted");
      assert.equal(table.use(0, 1_000, 7, 100 + step), "accepted");
      assert.equal(table.use(0, 1_000, 7, 100), "used", `after a step of ${step}`);
    }
    const table = tableOf(1);
    assert.equal(table.use(0, 1_000, 7, 0xffffffff), "accepted");
    assert.equal(table.use(0, 1_000, 7, 0xffffffff), "used");
    assert.equal(table.use(0, 1_000, 7, 0xfffffffe), "accepted");
  });

  test("NonceTable: a nonce that lost its slot to a later one is refused for good", () => {
    const table = tableOf(1);
    assert.equal(table.use(0, 1_000, 7, 1), "accepted");
    assert.equal(table.use(0, 1_001, 8, 1), "accepted");
    assert.equal(table.use(0, 1_000, 7, 1), "displaced");
    assert.equal(table.use(0, 1_000, 7, 2), "displaced");
    assert.equal(table.use(0, 1_000, 9, 1), "displaced");
    assert.equal(table.use(0, 1_001, 9, 1), "displaced");
    assert.equal(table.use(0, 1_001, 8, 2), "accepted");
  });

  test("NonceTable: a nonce used without a count is spent (RFC 2069)", () => {
    const table = tableOf(1);
    assert.equal(table.use(0, 1_000, 7, 0, true), "accepted");
    assert.equal(table.use(0, 1_000, 7, 0, true), "used");
    for (const nc of [0, 1, 0xfffffffe, 0xffffffff]) assert.equal(table.use(0, 1_000, 7, nc), "used");
    assert.equal(table.use(0, 1_001, 8, 1), "accepted");
    assert.equal(table.use(0, 1_001, 8, 0, true), "used");
  });

  test("NonceTable refuses what it cannot decide: a slot whose lock is held", () => {
    const table = tableOf(2);
    const locks = new Int32Array(table.buffer);
    locks[4 + 6] = 1;
    assert.equal(table.use(1, 1_000, 7, 1), "busy");
    assert.equal(table.use(0, 1_000, 7, 1), "accepted");
  });

  test("NonceTable never accepts a pair twice, whatever the order of nonces and counts", () => {
    const table = tableOf(8);
    const accepted = new Set<string>();
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    let count = 0;
    for (let i = 0; i < 50_000; i++) {
      const slot = random(8);
      const issuedAt = 1_000 + (i >> 6) + random(20);
      const serial = slot + 8 * random(2);
      const nc = random(60);
      if (table.use(slot, issuedAt, serial, nc) !== "accepted") continue;
      const pair = `${slot} ${issuedAt} ${serial} ${nc}`;
      assert.equal(accepted.has(pair), false, pair);
      accepted.add(pair);
      count++;
    }
    assert.ok(count > 1_000);
  });

  test("NonceTable opens memory that another view made, and nothing else", () => {
    const table = createNonceTable(nodeHash.random, { slots: 16, shared: true });
    const other = new NonceTable(table.buffer);
    assert.equal(other.id, table.id);
    assert.equal(other.slots, 16);
    assert.equal(table.use(3, 1_000, 3, 1), "accepted");
    assert.equal(other.use(3, 1_000, 3, 1), "used");
    assert.throws(() => new NonceTable(new ArrayBuffer(100)), TypeError);
    assert.throws(() => createNonceTable(nodeHash.random, { slots: 1000 }), TypeError);
    assert.notEqual(createNonceTable(nodeHash.random, { slots: 1 }).id, table.id);
  });

  test("NonceTable shared by racing threads grants each pair to one of them at most", async () => {
    const { buffer } = createNonceTable(nodeHash.random, { slots: 2, shared: true });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const workers = Array.from(
      { length: THREADS },
      () => new Worker(new URL(import.meta.url), { workerData: { buffer, gate } }),
    );
    const granted = await Promise.all(
      workers.map(
        (worker) => new Promise<Uint8Array>((resolve, reject) => worker.once("message", resolve).once("error", reject)),
      ),
    );
    let total = 0;
    for (let pair = 0; pair < PAIRS; pair++) {
      const grants = granted.reduce((sum, each) => sum + each[pair]!, 0);
      assert.ok(grants <= 1, `pair ${pair} was granted ${grants} times`);
      total += grants;
    }
    assert.ok(total > 0);
    await Promise.all(workers.map((worker) => worker.terminate()));
  });
}
