import assert from "node:assert/strict";
import { test } from "node:test";
import { weightedOrder } from "./srv-order.ts";

/** Mulberry32: a small generator whose sequence is fixed by its seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const DRAWS = 20_000;

/** How often each weight came first, over many draws. */
function firsts(weights: readonly number[]): number[] {
  const random = seeded(42);
  const counts = new Array<number>(weights.length).fill(0);
  const records = weights.map((weight, index) => ({ weight, index }));
  for (let i = 0; i < DRAWS; i++) counts[weightedOrder(records, random)[0]!.index]!++;
  return counts;
}

function chiSquare(counts: readonly number[], shares: readonly number[]): number {
  return counts.reduce((sum, count, at) => sum + (count - shares[at]! * DRAWS) ** 2 / (shares[at]! * DRAWS), 0);
}

test("weightedOrder() gives each record the first place in proportion to its weight (RFC 2782)", () => {
  // The running sum is reached from 0 on, so the first record has one chance more: exact shares, not nearly.
  const counts = firsts([10, 60, 30]);
  assert.ok(chiSquare(counts, [11 / 101, 60 / 101, 30 / 101]) < 13.8, `${counts} (p = 0.001 at 13.8, two degrees)`);
  assert.ok(chiSquare(counts, [1 / 3, 1 / 3, 1 / 3]) > 1_000);
});

test("weightedOrder() gives equal weights equal chances, and large ones too", () => {
  const counts = firsts([65_535, 65_535, 65_535, 65_535]);
  assert.ok(chiSquare(counts, [0.25, 0.25, 0.25, 0.25]) < 16.3, `${counts} (p = 0.001 at 16.3, three degrees)`);
});

test("weightedOrder() draws the second place from what is left, by weight again", () => {
  const random = seeded(7);
  const records = [100, 300, 600].map((weight, index) => ({ weight, index }));
  let heavyFirst = 0;
  let thenMiddle = 0;
  for (let i = 0; i < DRAWS; i++) {
    const order = weightedOrder(records, random);
    assert.equal(new Set(order).size, 3);
    if (order[0]!.index !== 2) continue;
    heavyFirst++;
    if (order[1]!.index === 1) thenMiddle++;
  }
  assert.ok(Math.abs(thenMiddle / heavyFirst - 0.75) < 0.02, `${thenMiddle / heavyFirst}`);
});

test("weightedOrder() gives weight 0 a very small chance beside others, none of being left out (RFC 2782)", () => {
  const records = [0, 9].map((weight, index) => ({ weight, index }));
  assert.equal(weightedOrder(records, () => 0)[0]!.index, 0);
  assert.equal(weightedOrder(records, () => 0.1)[0]!.index, 1);
  assert.equal(weightedOrder(records, () => 0.999)[1]!.index, 0);
  const counts = firsts([9, 0]);
  assert.ok(chiSquare(counts, [0.9, 0.1]) < 10.8, `${counts} (p = 0.001 at 10.8, one degree)`);
});

test("weightedOrder() keeps all records, for any draw and no weight at all", () => {
  for (const value of [0, 0.5, 1 - Number.EPSILON]) {
    const records = [0, 0, 0, 5].map((weight, index) => ({ weight, index }));
    assert.deepEqual(
      weightedOrder(records, () => value)
        .map((record) => record.index)
        .sort(),
      [0, 1, 2, 3],
    );
    assert.equal(weightedOrder(records.slice(0, 3), () => value).length, 3);
  }
  assert.deepEqual(
    weightedOrder([], () => 0),
    [],
  );
});
