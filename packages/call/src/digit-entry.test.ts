import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import { DigitEntry } from "./digit-entry.ts";
import type { DigitMethod } from "./values.ts";

/** Keys as told: milliseconds since the one before, digit, way. */
function pressed(...told: readonly (readonly [afterMs: number, digit: string, by: DigitMethod])[]): string {
  const clock = createFakeClock();
  let keys = "";
  const entry = new DigitEntry(clock, 64, ({ digit }) => {
    keys += digit;
  });
  for (const [afterMs, digit, by] of told) {
    clock.advance(afterMs);
    entry.receive(digit, by);
  }
  assert.equal(entry.inbox.size, keys.length);
  return keys;
}

test("a key told by each of the three ways is one", () => {
  assert.equal(pressed([0, "5", "event"], [40, "5", "tones"], [60, "5", "info"]), "5");
});

test("the same key twice by the same way is two", () => {
  assert.equal(pressed([0, "5", "event"], [200, "5", "event"]), "55");
});

test("two keys of which a second way tells later are two, however the ways interleave", () => {
  assert.equal(pressed([0, "5", "event"], [50, "5", "info"], [200, "5", "event"], [50, "5", "info"]), "55");
  assert.equal(pressed([0, "5", "event"], [200, "5", "event"], [50, "5", "info"], [50, "5", "info"]), "55");
  assert.equal(pressed([0, "1", "event"], [200, "2", "event"], [50, "1", "info"], [50, "2", "info"]), "12");
});

test("the same digit by another way, a second later, is another key", () => {
  assert.equal(pressed([0, "5", "event"], [1_000, "5", "info"]), "55");
  assert.equal(pressed([0, "5", "event"], [999, "5", "info"]), "5");
});
