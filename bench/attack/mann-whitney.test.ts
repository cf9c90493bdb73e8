import assert from "node:assert/strict";
import { test } from "node:test";
import { mannWhitney } from "./mann-whitney.ts";

const noise = (count: number, seed: number, shift = 0): number[] => {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return shift + state / 2 ** 32;
  });
};

test("samples of one distribution are not told apart, shifted ones are", () => {
  assert.ok(mannWhitney(noise(500, 1), noise(500, 2)) > 0.05);
  assert.ok(mannWhitney(noise(500, 1), noise(500, 2, 0.1)) < 0.001);
  assert.ok(mannWhitney(noise(500, 1, 0.1), noise(500, 2)) < 0.001, "two-sided");
});

test("a small example has the p that is known for it", () => {
  // U = 17 of 20; asymptotic, with corrections for ties and continuity.
  const p = mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12]);
  assert.ok(Math.abs(p - 0.111_346_887) < 1e-6, `${p}`);
});

test("values that are all the same say nothing", () => {
  assert.equal(mannWhitney([1, 1, 1], [1, 1, 1]), 1);
});
