import assert from "node:assert/strict";
import { test } from "node:test";
import { spreadLoss } from "./spread.ts";

test("the least important class loses first; the next one when nothing is left of it (RFC 7339 §7.2)", () => {
  const table: readonly (readonly [loss: number, seen: readonly number[], lost: readonly number[]])[] = [
    [0, [40, 60], [0, 0]],
    // The example of §7.2: 10 % of all, of which 40 % may be reduced.
    [0.1, [40, 60], [0.25, 0]],
    [0.4, [40, 60], [1, 0]],
    [0.7, [40, 60], [1, 0.5]],
    [1, [40, 60], [1, 1]],
    [0.5, [10, 10, 20], [1, 1, 0]],
    [0.75, [10, 10, 20], [1, 1, 0.5]],
  ];
  for (const [loss, seen, lost] of table) assert.deepEqual(spreadLoss(loss, seen), lost, `${loss} of ${seen}`);
});

test("while nothing has been counted, the least important class bears the loss", () => {
  assert.deepEqual(spreadLoss(0.3, [0, 0, 0]), [0.3, 0, 0]);
});

test("a class that nobody has used is turned away only after those before it", () => {
  assert.deepEqual(spreadLoss(0.5, [0, 10]), [1, 0.5]);
  assert.deepEqual(spreadLoss(0.5, [10, 0, 10]), [1, 0, 0]);
  assert.deepEqual(
    spreadLoss(0.8, [10, 0, 10]).map((lost) => Math.round(lost * 10)),
    [10, 10, 6],
  );
});

test("a loss beyond what there is takes everything, one below zero nothing", () => {
  assert.deepEqual(spreadLoss(3, [1, 1]), [1, 1]);
  assert.deepEqual(spreadLoss(-1, [1, 1]), [0, 0]);
});
