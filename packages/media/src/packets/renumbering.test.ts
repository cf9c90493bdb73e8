import assert from "node:assert/strict";
import { test } from "node:test";
import { Renumbering } from "./renumbering.ts";

const hz = 90_000;

function renumbering(): Renumbering {
  return new Renumbering({ sequence: 100, timestamp: 5_000 });
}

test("gaps, order and pace stay what they were", () => {
  const numbers = renumbering();
  const own = [65_534, 65_535, 1, 0].map((sequence) =>
    numbers.next({ ssrc: 7, sequence, timestamp: (sequence & 0xff) * 10 }, hz, 0),
  );
  assert.deepEqual(
    own.map((one) => one?.sequence),
    [100, 101, 103, 102],
  );
  assert.deepEqual(
    own.map((one) => one?.timestamp),
    [5_000, 5_010, 2_470, 2_460],
  );
});

test("a number is never used twice, nor one that is too old to tell (RFC 3711 §9.1)", () => {
  const numbers = renumbering();
  for (const sequence of [10, 11, 12]) assert.ok(numbers.next({ ssrc: 7, sequence, timestamp: 0 }, hz, 0));
  assert.equal(numbers.next({ ssrc: 7, sequence: 11, timestamp: 0 }, hz, 0), undefined);
  assert.ok(numbers.next({ ssrc: 7, sequence: 1_000, timestamp: 0 }, hz, 0));
  assert.equal(numbers.next({ ssrc: 7, sequence: 13, timestamp: 0 }, hz, 0), undefined);
});

test("another source, and one that began anew, go on with the next number, as much later as the clock says", () => {
  const numbers = renumbering();
  assert.deepEqual(numbers.next({ ssrc: 7, sequence: 10, timestamp: 0 }, hz, 0), { sequence: 100, timestamp: 5_000 });
  assert.deepEqual(numbers.next({ ssrc: 8, sequence: 50_000, timestamp: 77 }, hz, 1_000), {
    sequence: 101,
    timestamp: 95_000,
  });
  assert.deepEqual(numbers.next({ ssrc: 8, sequence: 50_001, timestamp: 80 }, hz, 1_010), {
    sequence: 102,
    timestamp: 95_003,
  });
  assert.deepEqual(numbers.next({ ssrc: 8, sequence: 9, timestamp: 0xffff_0000 }, hz, 1_020), {
    sequence: 103,
    timestamp: 95_903,
  });
});

test("packets without numbers are numbered one after the other", () => {
  const numbers = renumbering();
  const own = [0, 3_000, 3_000].map((timestamp) => numbers.next({ timestamp }, hz, 0));
  assert.deepEqual(own, [
    { sequence: 100, timestamp: 5_000 },
    { sequence: 101, timestamp: 8_000 },
    { sequence: 102, timestamp: 8_000 },
  ]);
});
