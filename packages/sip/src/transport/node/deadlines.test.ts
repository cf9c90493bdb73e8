import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines } from "./deadlines.ts";
import { defaultLimits, defaultTimeouts } from "./options.ts";

const timeouts = {
  ...defaultTimeouts,
  firstMessageMs: 30_000,
  messageMs: 10_000,
  stalledMs: 20_000,
  inboundIdleMs: 100_000,
  outboundIdleMs: 50_000,
};

/** When a limit is met if nothing more happens, and which. */
function fate(deadlines: Deadlines, written = 0, queued = 0): readonly [at: number, limit: string | undefined] {
  const at = deadlines.next(timeouts);
  assert.equal(deadlines.overdue(at - 1, timeouts, written, queued), undefined, "too early");
  return [at, deadlines.overdue(at, timeouts, written, queued)];
}

test("a peer that never sends a message is ended, whatever else it sends", () => {
  const deadlines = new Deadlines(1_000, true);
  deadlines.usedAt = 25_000;
  deadlines.receivedAt = 25_000;
  assert.deepEqual(fate(deadlines), [31_000, "firstMessageMs"]);
});

test("a peer that keeps its connection alive has its time for a first message anew (RFC 5626 §4.4.1)", () => {
  const deadlines = new Deadlines(1_000, true);
  assert.equal(deadlines.keepAlive(26_000, defaultLimits), true);
  deadlines.usedAt = 26_000;
  assert.deepEqual(fate(deadlines), [56_000, "firstMessageMs"]);
});

test("a peer that has sent a message may lie idle, and so may a connection of ours, for a shorter time", () => {
  const proven = new Deadlines(1_000, true);
  proven.proven = true;
  assert.deepEqual(fate(proven), [101_000, "inboundIdleMs"]);
  assert.deepEqual(fate(new Deadlines(1_000, false)), [51_000, "outboundIdleMs"]);
});

test("a message under way has its time from its first octet, however it dribbles", () => {
  const deadlines = new Deadlines(1_000, true);
  deadlines.proven = true;
  deadlines.partialSince = 5_000;
  deadlines.usedAt = 14_000;
  assert.deepEqual(fate(deadlines), [15_000, "messageMs"]);
});

test("more keep-alives than a minute may hold are too many; the next minute counts anew", () => {
  const deadlines = new Deadlines(100_000, true);
  const limits = { ...defaultLimits, keepAlivesPerMinute: 3 };
  const taken = [100_000, 100_001, 159_999, 159_999, 160_000].map((at) => deadlines.keepAlive(at, limits));
  assert.deepEqual(taken, [true, true, true, false, true]);
});

test("a peer that takes nothing of what waits is ended", () => {
  const deadlines = new Deadlines(1_000, false);
  assert.equal(deadlines.owes(2_000, 500, 9_500), true);
  assert.equal(deadlines.owes(3_000, 500, 20_000), false);
  assert.deepEqual(fate(deadlines, 500, 20_000), [22_000, "stalledMs"]);
});

test("a peer that takes an octet now and then is ended as well: what waited must have left in time", () => {
  const deadlines = new Deadlines(1_000, false);
  deadlines.owes(2_000, 500, 9_500);
  assert.equal(deadlines.overdue(15_000, timeouts, 600, 9_400), undefined);
  assert.equal(deadlines.overdue(22_000, timeouts, 9_999, 1), "stalledMs");
});

test("a slow peer that keeps up goes on, and owes what waits then", () => {
  const deadlines = new Deadlines(1_000, false);
  deadlines.owes(2_000, 500, 9_500);
  assert.equal(deadlines.overdue(22_000, timeouts, 10_000, 5_000), undefined);
  assert.deepEqual(fate(deadlines, 14_999, 1), [42_000, "stalledMs"]);
});

test("a queue that has emptied is forgotten", () => {
  const deadlines = new Deadlines(1_000, false);
  deadlines.owes(2_000, 500, 9_500);
  assert.equal(deadlines.overdue(22_000, timeouts, 10_000, 0), undefined);
  assert.deepEqual(fate(deadlines), [51_000, "outboundIdleMs"]);
});
