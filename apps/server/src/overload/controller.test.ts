import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { atEase, type ControlState, control, type LoadSample } from "./controller.ts";

const targets = { lagMs: 100, busy: 0.95, full: 0.9, sustainMs: 1_000 };
const calm: Omit<LoadSample, "at"> = { lagMs: 1, isLagKnown: true, busy: 0.3, full: 0.01 };

type Kind = readonly [count: number, sample: Partial<LoadSample>];

/** Runs samples of 100 ms, one kind after another; the states after each kind. */
function run(...kinds: readonly Kind[]): ControlState[] {
  let state = atEase;
  let at = 1_000_000;
  return kinds.map(([count, kind]) => {
    for (let i = 0; i < count; i++) {
      at += 100;
      state = control(state, { ...calm, ...kind, at }, targets);
    }
    return state;
  });
}

const blind = { isLagKnown: false };

describe("when it begins", () => {
  test("not while lag, work and tables are within their targets", () => {
    for (const state of run([50, {}], [50, { busy: 0.95, lagMs: 100, full: 0.9 }], [50, { ...blind, busy: 0.95 }])) {
      assert.deepEqual([state.isShedding, state.share], [false, 1]);
    }
  });

  test("not for being busy all the time, while nothing is late", () => {
    assert.equal(run([300, { busy: 1 }])[0]?.isShedding, false);
  });

  test("not for a hiccup: lateness must last, and less long the worse it is", () => {
    const table: readonly (readonly [lagMs: number, samples: number])[] = [
      [101, 10],
      [200, 5],
      [5_000, 5],
    ];
    for (const [lagMs, samples] of table) {
      const [, before, after] = run([1, {}], [samples - 1, { lagMs }], [1, { lagMs }]);
      assert.equal(before?.isShedding, false, `${lagMs}`);
      assert.equal(after?.isShedding, true, `${lagMs}`);
    }
    // Patience comes back with the first sample that is in time.
    const [, over] = run([3, { lagMs: 300 }], [1, {}]);
    assert.equal(over?.patienceUsedMs, 0);
  });

  test("for being busy all the time after three times as long, where nothing tells how late it is", () => {
    const [before, after] = run([29, { ...blind, busy: 1 }], [2, { ...blind, busy: 1 }]);
    assert.equal(before?.isShedding, false);
    assert.equal(after?.isShedding, true);
  });

  test("for a table that fills up, at once and by how full it is", () => {
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
});

describe("how it goes on", () => {
  const growing = (from: number, count: number): Kind[] =>
    Array.from({ length: count }, (_, i) => [1, { busy: 1, lagMs: from + i * 50 }] as const);

  test("while it gets later, less and less is let in; while it gets less late, as much as before", () => {
    const states = run(...growing(110, 10), [1, { busy: 1, lagMs: 450 }], [1, { busy: 1, lagMs: 300 }]);
    const shares = states.filter((state) => state.isShedding).map((state) => state.share);
    assert.ok(shares.length > 5);
    for (let i = 1; i < shares.length - 2; i++) assert.ok(shares[i]! < shares[i - 1]!, `${shares}`);
    assert.equal(shares.at(-1), shares.at(-3));
  });

  test("nothing late any more: little more is let in while there is no time left, more when there is", () => {
    const [begun, , busy, free] = run([15, { lagMs: 150, busy: 1 }], [0, {}], [1, { busy: 1 }], [1, { busy: 0.7 }]);
    assert.ok(Math.abs(busy!.share / begun!.share - 1.02) < 1e-9);
    assert.ok(Math.abs(free!.share / busy!.share - 1.2) < 1e-9);
  });

  test("however long and heavy it is, some are let in, and one interval takes no more than three in ten", () => {
    const states = run(...growing(5_000, 100));
    const begin = states.find((state) => state.isShedding);
    assert.equal(begin?.share, 0.7);
    assert.equal(states.at(-1)?.share, 0.02);
  });

  test("where nothing tells how late it is, it is steered to the target of work", () => {
    const [shed, held, lower, higher] = run(
      [35, { ...blind, busy: 1 }],
      [20, { ...blind, busy: 0.95 }],
      [5, { ...blind, busy: 1 }],
      [10, { ...blind, busy: 0.8 }],
    );
    assert.ok(shed!.share < 1);
    assert.equal(held!.share, shed!.share);
    assert.ok(lower!.share < held!.share);
    assert.ok(higher!.share > lower!.share);
  });
});

describe("when it ends", () => {
  test("when everything has been let in for a while, not at the first quiet moment", () => {
    const [shed, rising, almost, ended] = run([10, { lagMs: 150 }], [12, {}], [10, {}], [12, {}]);
    assert.equal(shed?.isShedding, true);
    assert.equal(rising?.share, 1);
    assert.equal(almost?.isShedding, true);
    assert.equal(ended?.isShedding, false);
  });

  test("what comes back within the while goes on at once", () => {
    const [, full, again] = run([10, { lagMs: 150 }], [12, {}], [1, { lagMs: 150 }]);
    assert.equal(full?.share, 1);
    assert.equal(again?.isShedding, true);
    assert.ok(again.share < 1);
    assert.equal(again.calmSince, undefined);
  });
});

/** A thread that serves what it has let in for 1 each, what it turns away for a tenth, in the order in which it came. */
function simulate(offered: number, isLagKnown: boolean): { readonly mean: number; readonly worstLagMs: number } {
  let state = atEase;
  let backlog = 0;
  let done = 0;
  let worstLagMs = 0;
  const from = 15_000;
  const to = 60_000;
  for (let at = 100; at <= to; at += 100) {
    // In units of what one interval can do; there is room for 10 of them.
    const cost = state.share + 0.1 * (1 - state.share);
    const before = backlog;
    backlog = Math.min(10, Math.max(0, backlog + offered * cost - 1));
    const served = before + offered * cost - backlog;
    const lagMs = backlog * 100;
    if (at > from) {
      done += (Math.min(1, served) / cost) * state.share;
      worstLagMs = Math.max(worstLagMs, lagMs);
    }
    const busy = backlog > 0 ? 1 : Math.min(1, offered * cost);
    state = control(state, { at: 1_000_000 + at, lagMs: isLagKnown ? lagMs : 0, isLagKnown, busy, full: 0 }, targets);
  }
  return { mean: done / ((to - from) / 100), worstLagMs };
}

describe("a load of more than a thread can do", () => {
  for (const [offered, most] of [
    [1.5, 0.94],
    [2, 0.89],
    [3, 0.78],
    [5, 0.56],
  ] as const) {
    // What is left when turning away the rest has been paid for: share + 0.1 · (1 - share) is 1 / offered.
    test(`${offered} times as much: served is near what can be (${most} of it), and nothing waits long`, () => {
      const known = simulate(offered, true);
      assert.ok(known.mean > most * 0.9, `${known.mean}`);
      assert.ok(known.worstLagMs <= 300, `${known.worstLagMs}`);
      const blindly = simulate(offered, false);
      assert.ok(blindly.mean > most * 0.8, `${blindly.mean}`);
    });
  }
});
