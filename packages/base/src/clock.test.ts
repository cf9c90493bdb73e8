import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";

test("systemClock counts from the epoch and never goes back", () => {
  const first = systemClock.now();
  assert.ok(Math.abs(first - Date.now()) < 60_000);
  let last = first;
  for (let i = 0; i < 1_000; i++) {
    const now = systemClock.now();
    assert.ok(now >= last);
    last = now;
  }
});

test("systemClock.after() runs once; disposing cancels it", async () => {
  const cancelled = systemClock.after(0, () => assert.fail("was cancelled"));
  cancelled[Symbol.dispose]();
  await new Promise<void>((resolve) => systemClock.after(0, resolve));
});
