import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration } from "./duration.ts";

test("durations are numbers with units, one or several", () => {
  for (const [text, ms] of [
    ["90s", 90_000],
    ["10m", 600_000],
    ["2h30m", 9_000_000],
    ["7d", 604_800_000],
    ["1w", 604_800_000],
  ] as const) {
    assert.equal(parseDuration(text), ms, text);
  }
  for (const text of ["", "10", "10 m", "m", "-1m", "1.5h", "0s", "10min", "9999999999s"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

test("durations are told in their two largest units", () => {
  assert.deepEqual([0, 1, 45_000, 600_000, 9_000_000, 9_001_000, 90_061_000].map(formatDuration), [
    "0 s",
    "1 s",
    "45 s",
    "10 min",
    "2 h 30 min",
    "2 h 30 min",
    "1 d 1 h",
  ]);
});
