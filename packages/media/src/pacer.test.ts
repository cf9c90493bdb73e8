import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock, leakCheck } from "@trapezoid/testkit";
import { Pacer } from "./pacer.ts";

test("frames are due each 20 ms by the clock they began with, for hours, however late each begins", () => {
  const clock = createFakeClock();
  const slow = { now: clock.now, after: (ms: number, run: () => void) => clock.after(ms + 1.3, run) };
  const pacer = new Pacer(slow);
  const due: number[] = [];
  const turn = pacer.add((dueAt) => due.push(dueAt));
  const startedAt = clock.now();
  clock.advance(3_600_000 - 10);
  assert.equal(due.length, 180_000);
  assert.equal(due.at(-1)! - startedAt, 3_600_000 - 20);
  assert.equal(pacer.counters.late, 0);
  turn[Symbol.dispose]();
  leakCheck({ clock });
});

test("streams are spread over the phases of a frame, and each has its own 20 ms", () => {
  const clock = createFakeClock();
  const pacer = new Pacer(clock);
  const times = Array.from({ length: 8 }, () => [] as number[]);
  const turns = times.map((own) => pacer.add(() => own.push(clock.now())));
  clock.advance(1_000);
  const phases = new Set(times.map((own) => own[0]! % 20));
  assert.equal(phases.size, 4);
  for (const own of times) for (let n = 1; n < own.length; n++) assert.equal(own[n]! - own[n - 1]!, 20);
  for (const turn of turns) turn[Symbol.dispose]();
  leakCheck({ clock });
});

test("a frame that begins more than 5 ms late is counted; after a stop frames are left out, not made up for", () => {
  const clock = createFakeClock();
  const pacer = new Pacer(clock);
  let frames = 0;
  using _turn = pacer.add(() => frames++);
  clock.advance(100);
  assert.equal(pacer.counters.late, 0);
  clock.jump(27);
  assert.equal(pacer.counters.late, 1);
  const before = frames;
  clock.jump(10_000);
  assert.ok(frames - before <= 2, `${frames - before} frames at once`);
  assert.ok(pacer.counters.skipped >= 498);
});

test("a task may end itself and others within its own turn", () => {
  const clock = createFakeClock();
  const pacer = new Pacer(clock);
  const turns: Disposable[] = [];
  let frames = 0;
  turns.push(
    pacer.add(() => {
      frames++;
      for (const turn of turns) turn[Symbol.dispose]();
    }),
    pacer.add(() => frames++),
  );
  clock.advance(100);
  assert.equal(frames, 1);
  assert.equal(pacer.size, 0);
  leakCheck({ clock });
});
