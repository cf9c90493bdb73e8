import assert from "node:assert/strict";
import { test } from "node:test";
import { Recent } from "./recent.ts";

test("never holds more than its limit, and keeps what is used", () => {
  const recent = new Recent<number, string>(100);
  recent.set(-1, "used");
  for (let i = 0; i < 10_000; i++) {
    recent.set(i, String(i));
    assert.ok(recent.size <= 100);
    if (i % 20 === 0) assert.equal(recent.get(-1), "used");
  }
  assert.equal(recent.get(9_999), "9999");
  assert.equal(recent.get(1), undefined);
});

test("forgets what is deleted, in whichever generation it is", () => {
  const recent = new Recent<number, string>(4);
  for (let i = 0; i < 4; i++) recent.set(i, "x");
  for (let i = 0; i < 4; i++) recent.delete(i);
  assert.equal(recent.size, 0);
});
