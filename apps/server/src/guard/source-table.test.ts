import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandomOctets } from "@trapezoid/testkit";
import { createSourceMemory, Level, SourceTable, Until } from "./source-table.ts";

const rates = { requests: 10, knownRequests: 100, failures: 1, garbage: 1, dropped: 1 };
const start = 1_700_000_000_000;

const open = (sources = 1_024) => new SourceTable(createSourceMemory(sources, createRandomOctets(1)), rates);

const address = (number: number): string =>
  `${(number >>> 24) & 255}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;

test("a source may do as much at once as the limit says, and then as much as runs out", () => {
  const table = open();
  const taken = (now: number): number => {
    let count = 0;
    while (table.take(table.find("192.0.2.7", now), Level.requests, 20)) count++;
    return count;
  };
  assert.equal(taken(start), 20);
  assert.equal(taken(start), 0);
  assert.equal(taken(start + 50), 0, "half a request has run out");
  assert.equal(taken(start + 100), 1);
  assert.equal(taken(start + 1_100), 10);
  assert.equal(taken(start + 3_600_000), 20);
  assert.equal(table.take(table.find("192.0.2.8", start), Level.requests, 20), true, "each on its own");
});

test("what is good lasts until its end, runs out faster, and an earlier end changes nothing", () => {
  const table = open();
  const record = table.find("192.0.2.7", start);
  table.mark(record, Until.known, start + 60_000);
  table.mark(record, Until.known, start + 1_000);
  assert.equal(table.isGood(record, start + 59_000), true);
  assert.equal(table.isGood(record, start + 61_000), false);
  for (let i = 0; i < 100; i++) table.raise(record, Level.requests);
  assert.equal(table.level(table.find("192.0.2.7", start + 500), Level.requests), 50);
});

test("threads that share the memory see one table", () => {
  const buffer = createSourceMemory(1_024, createRandomOctets(1));
  const one = new SourceTable(buffer, rates);
  const other = new SourceTable(buffer, rates);
  one.raise(one.find("192.0.2.7", start), Level.failures);
  assert.equal(other.level(other.find("192.0.2.7", start), Level.failures), 1);
  assert.equal(other.peek("192.0.2.8", start), -1);
});

test("a million sources take no more memory than was given, and none of the good ones is forgotten", () => {
  const table = open(4_096);
  const good = Array.from({ length: 1_000 }, (_, at) => address(0x0a00_0000 + at));
  const kept: string[] = [];
  for (const source of good) {
    const record = table.find(source, start);
    table.mark(record, Until.bound, start + 3_600_000);
    if (table.isGood(record, start)) kept.push(source);
  }
  assert.ok(kept.length >= 990, `${kept.length}: a set that is full of good ones takes no more`);
  const before = process.memoryUsage();
  for (let i = 0; i < 1_000_000; i++) {
    table.take(table.find(address(0x5000_0000 + i * 7), start + i / 100), Level.requests, 20);
  }
  const after = process.memoryUsage();
  assert.ok(after.arrayBuffers - before.arrayBuffers < 1_000_000, "the table has not grown");
  assert.equal(table.capacity, 4_096);
  const now = start + 10_000;
  assert.deepEqual(
    kept.filter((source) => !table.isGood(table.find(source, now), now)),
    [],
  );
});

test("a source that misbehaved is remembered through a flood of ones that nothing is known of", () => {
  const table = open(1_024);
  const record = table.find("198.51.100.9", start);
  table.mark(record, Until.proven, start + 300_000);
  for (let i = 0; i < 5; i++) table.raise(record, Level.failures);
  for (let i = 0; i < 100_000; i++) table.find(address(0x5000_0000 + i), start + 1_000);
  assert.equal(table.level(table.find("198.51.100.9", start + 1_000), Level.failures), 4);
});

test("where all of a set are good, strangers share one record that remembers nobody as good", () => {
  const table = open(8);
  for (let i = 0; i < 8; i++) table.mark(table.find(address(i), start), Until.bound, start + 60_000);
  const stranger = table.find("192.0.2.7", start);
  table.mark(stranger, Until.known, start + 60_000);
  assert.equal(table.isGood(stranger, start), false);
  for (let i = 0; i < 20; i++) table.take(table.find(address(1_000 + i), start), Level.requests, 20);
  assert.equal(table.take(table.find("192.0.2.7", start), Level.requests, 20), false, "they share one limit");
  assert.equal(table.isGood(table.find(address(3), start), start), true);
});

test("levels survive the turn of the 32-bit stamp, and long silence empties them", () => {
  const table = open();
  const turn = Math.ceil(start / 2 ** 32) * 2 ** 32;
  const record = table.find("192.0.2.7", turn - 1_000);
  for (let i = 0; i < 10; i++) table.raise(record, Level.failures);
  assert.equal(table.level(table.find("192.0.2.7", turn + 1_000), Level.failures), 8);
  assert.equal(table.level(table.find("192.0.2.7", turn + 40 * 86_400_000), Level.failures), 0);
});
