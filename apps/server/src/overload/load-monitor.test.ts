import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import type { LoadSample } from "./controller.ts";
import { LoadMonitor } from "./load-monitor.ts";

function rig() {
  const clock = createFakeClock({ startAt: 0 });
  const samples: LoadSample[] = [];
  const thread: { idleMs: number; waitedMs: number; full: number; queueMs: number | undefined } = {
    idleMs: 0,
    waitedMs: 0,
    full: 0,
    queueMs: undefined,
  };
  const asked: boolean[] = [];
  const monitor = new LoadMonitor({
    clock,
    idleMs: () => thread.idleMs,
    cpuMs: () => clock.now() - thread.idleMs - thread.waitedMs,
    queueAgeMs: (isBusy) => {
      asked.push(isBusy);
      return thread.queueMs;
    },
    full: () => thread.full,
    onSample: (sample) => samples.push(sample),
  });
  return { clock, samples, thread, asked, monitor };
}

test("ten times a second: the share of time that was not idle, and how full the tables are", () => {
  const { clock, samples, thread } = rig();
  thread.idleMs = 25;
  thread.full = 0.4;
  clock.advance(100);
  thread.idleMs = 125;
  clock.advance(100);
  assert.deepEqual(samples, [
    { at: 100, lagMs: 0, isLagKnown: false, busy: 0.75, full: 0.4 },
    { at: 200, lagMs: 0, isLagKnown: false, busy: 0, full: 0.4 },
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

test("a thread that others kept from its processor is late by no fault of its own", () => {
  const { clock, samples, thread } = rig();
  thread.idleMs = 90;
  thread.waitedMs = 400;
  clock.jump(500);
  thread.waitedMs += 100;
  clock.jump(200);
  assert.deepEqual(
    samples.map(({ lagMs, busy }) => [Math.round(lagMs), busy]),
    [
      [8, 0.02],
      [50, 0.5],
    ],
  );
});

test("one that has waited for its processor knows how old what it reads is all the same", () => {
  const { clock, samples, thread, asked } = rig();
  thread.waitedMs = 80;
  thread.queueMs = 180;
  clock.advance(100);
  assert.equal(samples[0]?.lagMs, 180);
  assert.deepEqual(asked, [true]);
});

test("what has waited in the kernel is late, too, however prompt the event loop is", () => {
  const { clock, samples, thread, asked } = rig();
  thread.queueMs = 180;
  clock.advance(100);
  thread.idleMs = 1;
  thread.queueMs = 0;
  clock.advance(100);
  assert.deepEqual(
    samples.map(({ lagMs, isLagKnown }) => ({ lagMs, isLagKnown })),
    [
      { lagMs: 180, isLagKnown: true },
      { lagMs: 0, isLagKnown: true },
    ],
  );
  // A thread that has had a moment without anything to do has read all that waited.
  assert.deepEqual(asked, [true, false]);
});

test("closed, it leaves no timer", () => {
  const { clock, monitor } = rig();
  clock.advance(250);
  monitor.close();
  assert.equal(clock.pending, 0);
});
