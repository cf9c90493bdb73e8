import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandomOctets } from "@trapezoid/testkit";
import { createIdentifiers } from "./identifiers.ts";
import { maxWorkerId, workerDigits, workerOf } from "./worker-id.ts";

test("workerOf() reads what workerDigits() wrote, in branches and in tags", () => {
  for (const workerId of [0, 7, 35, 36, 1_000, maxWorkerId]) {
    assert.equal(workerDigits(workerId).length, 2);
    const { newBranch, newTag } = createIdentifiers(workerId, createRandomOctets(1));
    assert.equal(workerOf(newBranch()), workerId);
    assert.equal(workerOf(newTag()), workerId);
  }
});

test("what no worker made has no worker; a number that does not fit is refused", () => {
  for (const text of ["", "z9hG4bK", "z9hG4bK-1", "z9hG4bKA1", "_x", "1"])
    assert.equal(workerOf(text), undefined, text);
  for (const workerId of [-1, 1.5, maxWorkerId + 1, Number.NaN]) {
    assert.throws(() => workerDigits(workerId), RangeError);
  }
});

test("branches begin with the magic cookie and are tokens (RFC 3261 §8.1.1.7)", () => {
  const { newBranch, newTag } = createIdentifiers(7, createRandomOctets(1));
  assert.match(newBranch(), /^z9hG4bK07[0-9a-z]{9,}$/);
  assert.match(newTag(), /^07[0-9a-z]{9,}$/);
});

test("no two are the same, also those of another start with the same worker (RFC 3261 §8.1.1.7, §19.3)", () => {
  const seen = new Set<string>();
  for (const seed of [1, 2]) {
    const { newBranch, newTag } = createIdentifiers(7, createRandomOctets(seed));
    for (let i = 0; i < 5_000; i++) seen.add(newBranch()).add(newTag());
  }
  assert.equal(seen.size, 20_000);
});

test("even a random port that always says zero gives different ones", () => {
  const { newBranch } = createIdentifiers(0, (bytes) => new Uint8Array(bytes));
  assert.notEqual(newBranch(), newBranch());
});
