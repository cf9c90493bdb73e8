import assert from "node:assert/strict";
import { test } from "node:test";
import { Sparse } from "./sparse.ts";

test("the first time is told at once, then one line in a while with how often it was", () => {
  const sparse = new Sparse(10_000);
  assert.equal(sparse.count(0), 1);
  assert.equal(sparse.count(1), undefined);
  assert.equal(sparse.count(9_999), undefined);
  assert.equal(sparse.count(10_000), 3);
  assert.equal(sparse.count(10_001), undefined);
});
