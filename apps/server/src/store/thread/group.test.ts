import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import { Group } from "./group.ts";

function openGroup(options: { readonly eager?: boolean; readonly maxWeight?: number } = {}) {
  const clock = createFakeClock({ startAt: 1_000 });
  const work: number[][] = [];
  const soon = (run: () => void): Disposable => clock.after(0, run);
  const group = new Group<number>({
    clock,
    windowMs: 5,
    maxWeight: 500,
    work: (items) => work.push(items),
    soon,
    ...options,
  });
  return { clock, work, group };
}

test("the first one waits a window for others, and all go together", () => {
  const { clock, work, group } = openGroup();
  group.add(1);
  clock.advance(4);
  group.add(2);
  assert.deepEqual(work, []);
  clock.advance(1);
  assert.deepEqual(work, [[1, 2]]);
  group.add(3);
  clock.advance(5);
  assert.deepEqual(work, [[1, 2], [3]]);
  assert.equal(clock.pending, 0);
});

test("eager: the first after a pause waits for the end of the turn only", () => {
  const { clock, work, group } = openGroup({ eager: true });
  group.add(1);
  group.add(2);
  assert.deepEqual(work, []);
  clock.advance(0);
  assert.deepEqual(work, [[1, 2]]);
});

test("eager: what follows is gathered until a window has passed since the last work", () => {
  const { clock, work, group } = openGroup({ eager: true });
  group.add(1);
  clock.advance(2);
  group.add(2);
  clock.advance(1);
  group.add(3);
  clock.advance(1);
  assert.deepEqual(work, [[1]]);
  clock.advance(1);
  assert.deepEqual(work, [[1], [2, 3]]);
  assert.equal(clock.pending, 0);
});

test("a full group does not wait", () => {
  const { clock, work, group } = openGroup({ maxWeight: 3 });
  group.add(1, 2);
  assert.equal(group.weight, 2);
  group.add(2, 1);
  assert.deepEqual(work, [[1, 2]]);
  assert.equal(clock.pending, 0);
});

test("flush() does the work at once, and nothing when there is none", () => {
  const { clock, work, group } = openGroup();
  group.flush();
  group.add(1);
  group.flush();
  clock.advance(10);
  assert.deepEqual(work, [[1]]);
});
