import assert from "node:assert/strict";
import { test } from "node:test";
import { JustAnswered } from "./just-answered.ts";

test("what was answered within the time is known, counted from its answer, whatever came in between", () => {
  const answered = new JustAnswered(500);
  assert.equal(answered.seen(1, 7, 0), false);
  assert.equal(answered.seen(2, 7, 100), false);
  assert.equal(answered.seen(1, 7, 499), true);
  // Had the answer been lost, this one would be the repetition that asks for it again.
  assert.equal(answered.seen(1, 7, 500), false);
  assert.equal(answered.seen(1, 7, 600), true);
});

test("two that share a place are not taken for each other", () => {
  const answered = new JustAnswered(500);
  assert.equal(answered.seen(1, 7, 0), false);
  assert.equal(answered.seen(1 + 4096, 8, 1), false);
  assert.equal(answered.seen(1, 7, 2), false);
  assert.equal(answered.seen(1, 7, 3), true);
});
