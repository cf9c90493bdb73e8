import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, renewalTime } from "./renewal.ts";

const day = 86_400_000;
const minute = 60_000;

test("a certificate is renewed when a third of its life is left, a little before at most", () => {
  assert.equal(renewalTime(0, 90 * day, 0), 60 * day);
  assert.equal(Math.round((renewalTime(0, 90 * day, 1) / day) * 10) / 10, 58.5);
  // Those of six days, too.
  assert.equal(renewalTime(0, 6 * day, 0), 4 * day);
});

test("waits grow from a minute to six hours, spread by half, and never below what the authority asks for", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backoff(failures, 0.5, undefined) / minute),
    [1, 5, 15, 60, 180, 360, 360, 360],
  );
  assert.deepEqual([backoff(1, 0, undefined), backoff(1, 1, undefined)], [0.75 * minute, 1.25 * minute]);
  assert.equal(backoff(1, 0.5, 10 * minute), 10 * minute);
});
