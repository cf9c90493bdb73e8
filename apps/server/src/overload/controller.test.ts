import assert from "node:assert/strict";
import { test } from "node:test";
import { atEase, type ControlState, control, type LoadSample } from "./controller.ts";

const targets = { lagMs: 100, busy: 0.95, full: 0.9, sustainMs: 1_000 };
const calm: Omit<LoadSample, "at"> = { lagMs: 1, busy: 0.3, full: 0.01 };

/** Runs samples of 100 ms, one kind after another; the states after each kind. */
function run(...kinds: readonly (readonly [count: number, Partial<LoadSample>])[]): ControlState[] {
  let state = atEase;
  let at = 0;
  return kinds.map(([count, kind]) => {
    for (let i = 0; i < count; i++) {
      at += 100;
      state = control(state, { ...calm, ...kind, at }, targets);
    }
    return state;
  });
}

test("nothing is turned away while lag, work and tables are within their targets", () => {
  assert.deepEqual(run([50, {}], [50, { busy: 0.95, lagMs: 100, full: 0.9 }]), [atEase, atEase]);
});

test("a hiccup is no overload: it must last", () => {
  const [hiccup, over] = run([10, { lagMs: 800, busy: 1 }], [1, {}]);
  assert.equal(hiccup?.isShedding, false);
  assert.deepEqual(over, atEase);
});

test("each of lag and work alone begins it after its time", () => {
  for (const kind of [{ lagMs: 150 }, { busy: 1 }]) {
    const [before, after] = run([10, kind], [1, kind]);
    assert.equal(before?.isShedding, false);
    assert.equal(after?.isShedding, true, JSON.stringify(kind));
    assert.ok(after.share < 1);
  }
});

test("at the target the share holds; above it falls, below it rises", () => {
  const [shed, held, lower, higher] = run(
    [15, { busy: 1 }],
    [20, { busy: 0.95 }],
    [5, { busy: 1 }],
    [10, { busy: 0.8 }],
  );
  assert.ok(shed!.share < 1);
  assert.equal(held!.share, shed!.share);
  assert.ok(lower!.share < held!.share);
  assert.ok(higher!.share > lower!.share);
});

test("however long and heavy it is, some are let in, and one interval takes no more than three in ten", () => {
  const [first] = run([11, { lagMs: 5_000 }]);
  assert.equal(first?.share, 0.7);
  const [last] = run([500, { lagMs: 5_000 }]);
  assert.equal(last?.share, 0.02);
});

test("it ends when everything has been let in for a while, not at the first quiet moment", () => {
  const [shed, rising, almost, ended] = run([15, { busy: 1 }], [5, {}], [15, {}], [5, {}]);
  assert.equal(shed?.isShedding, true);
  assert.equal(rising?.share, 1);
  assert.equal(almost?.isShedding, true);
  assert.deepEqual(ended, atEase);
});

test("what comes back within the while begins no new overload", () => {
  const [, full, again] = run([15, { busy: 1 }], [10, {}], [1, { busy: 1 }]);
  assert.equal(full?.share, 1);
  assert.equal(again?.isShedding, true);
  assert.ok(again.share < 1);
  assert.equal(again.turningSince, undefined);
});

test("a table that fills up is kept from being full, at once and by how full it is", () => {
  const [almost, full, beyond, half] = run(
    [1, { full: 0.95 }],
    [1, { full: 1 }],
    [1, { full: 1.05 }],
    [1, { full: 0.8 }],
  );
  assert.ok(Math.abs(almost!.share - 0.5) < 1e-9);
  assert.equal(full?.share, 0);
  assert.equal(beyond?.share, 0);
  assert.equal(half?.share, 1);
});

test("a load of three times what a thread can do settles near what it can do", () => {
  // Let in costs 1, turned away a tenth of it; a backlog keeps the thread busy until it is worked off.
  let state = atEase;
  let backlog = 0;
  const done: number[] = [];
  for (let at = 100; at <= 20_000; at += 100) {
    const work = backlog + 3 * state.share + 0.3 * (1 - state.share);
    backlog = Math.min(3, Math.max(0, work - 1));
    state = control(state, { at, lagMs: 0, busy: Math.min(1, work), full: 0 }, targets);
    if (at > 10_000) done.push(3 * state.share);
  }
  const mean = done.reduce((sum, one) => sum + one, 0) / done.length;
  // 0.95 of a thread, less what turning away costs.
  assert.ok(mean > 0.6 && mean < 0.8, `${mean}`);
  assert.ok(Math.max(...done) - Math.min(...done) < 0.3, `${Math.min(...done)} to ${Math.max(...done)}`);
});
