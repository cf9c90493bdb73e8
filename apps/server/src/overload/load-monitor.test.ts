import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import type { LoadSample } from "./controller.ts";
import { LoadMonitor } from "./load-monitor.ts";

function rig() {
  const clock = createFakeClock({ startAt: 0 });
  const samples: LoadSample[] = [];
  const thread = { idleMs: 0, full: 0 };
  const monitor = new LoadMonitor({
    clock,
    idleMs: () => thread.idleMs,
    full: () => thread.full,
    onSample: (sample) => samples.push(sample),
  });
  return { clock, samples, thread, monitor };
}

test("ten times a second: the share of time that was not idle, and how full the tables are", () => {
  const { clock, samples, thread } = rig();
  thread.idleMs = 25;
  thread.full = 0.4;
  clock.advance(100);
  thread.idleMs = 125;
  clock.advance(100);
  assert.deepEqual(samples, [
    { at: 100, lagMs: 0, busy: 0.75, full: 0.4 },
    { at: 200, lagMs: 0, busy: 0, full: 0.4 },
  ]);
});

test("an event loop that was held up is late by as much", () => {
  const { clock, samples } = rig();
  clock.jump(350);
  clock.advance(100);
  assert.deepEqual(
    samples.map(({ at, lagMs, busy }) => ({ at, lagMs, busy })),
    [
      { at: 350, lagMs: 250, busy: 1 },
      { at: 450, lagMs: 0, busy: 1 },
    ],
  );
});

test("closed, it leaves no timer", () => {
  const { clock, monitor } = rig();
  clock.advance(250);
  monitor.close();
  assert.equal(clock.pending, 0);
});
