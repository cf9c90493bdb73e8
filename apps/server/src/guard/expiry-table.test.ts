import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandomOctets } from "@trapezoid/testkit";
import { createExpiryMemory, ExpiryTable } from "./expiry-table.ts";

const now = 1_700_000_000_000;

test("a fact holds until its end, in every thread, and an earlier end changes nothing", () => {
  const buffer = createExpiryMemory(1_024, createRandomOctets(1));
  const one = new ExpiryTable(buffer);
  const other = new ExpiryTable(buffer);
  one.set("alice@example.com 192.0.2.7", now + 10_000);
  one.set("alice@example.com 192.0.2.7", now + 1_000);
  assert.equal(other.has("alice@example.com 192.0.2.7", now + 9_000), true);
  assert.equal(other.has("alice@example.com 192.0.2.7", now + 10_000), false);
  assert.equal(other.has("alice@example.com 192.0.2.8", now), false);
});

test("a full table forgets what ends first", () => {
  const table = new ExpiryTable(createExpiryMemory(8, createRandomOctets(1)));
  for (let i = 0; i < 8; i++) table.set(`fact ${i}`, now + 100_000 + i * 1_000);
  table.set("one more", now + 200_000);
  const left = Array.from({ length: 8 }, (_, i) => table.has(`fact ${i}`, now));
  assert.deepEqual(left, [false, true, true, true, true, true, true, true]);
  assert.equal(table.has("one more", now), true);
});
