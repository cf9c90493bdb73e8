import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock, createRandom, leakCheck } from "@trapezoid/testkit";
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

test("wake-ups that are late by any time do not add up, nor does any frame go missing", () => {
  const clock = createFakeClock();
  const random = createRandom(11);
  const late = { now: clock.now, after: (ms: number, run: () => void) => clock.after(ms + random() ** 4 * 60, run) };
  const pacer = new Pacer(late);
  const due: number[] = [];
  const turn = pacer.add((dueAt) => due.push(dueAt));
  const startedAt = clock.now();
  clock.advance(600_000);
  assert.ok(due.length >= 30_000 - 3 && due.length <= 30_001, `${due.length} frames`);
  due.forEach((at, frame) => {
    assert.equal(at, startedAt + frame * 20);
  });
  const { frames, late: lateFrames, skipped } = pacer.counters;
  assert.ok(lateFrames > 0.2 * frames && lateFrames < 0.8 * frames, `${lateFrames} of ${frames} late`);
  assert.equal(skipped, 0);
  turn[Symbol.dispose]();
  leakCheck({ clock });
});

test("a thread with more to do than there is time for is never caught: it wakes, does what is due, and reads its sockets", () => {
  let now = 0;
  let wake: { readonly at: number; readonly run: () => void } | undefined;
  const clock = {
    now: () => now,
    after(ms: number, run: () => void) {
      wake = { at: now + ms, run };
      return { [Symbol.dispose]() {} };
    },
  };
  const pacer = new Pacer(clock);
  let taskMs = 0;
  for (let stream = 0; stream < 4; stream++) {
    pacer.add(() => {
      now += taskMs;
    });
  }
  const framesOfNextTurn = (): number => {
    const { frames } = pacer.counters;
    const { at, run } = wake!;
    now = Math.max(now, at);
    run();
    return pacer.counters.frames - frames;
  };
  for (let turn = 0; turn < 8; turn++) assert.equal(framesOfNextTurn(), 1);
  // 150 ms late: all that is overdue at once.
  now += 150;
  assert.equal(framesOfNextTurn(), 30);
  assert.equal(pacer.counters.skipped, 0);
  // Each of four frames takes 7 of the 5 ms that there are.
  taskMs = 7;
  const turns = Array.from({ length: 100 }, framesOfNextTurn);
  assert.ok(Math.max(...turns) <= 41, `${Math.max(...turns)} frames without reading`);
  assert.ok(pacer.counters.skipped > 100, "what cannot be done in time is left out");
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

test("the last task of a pacer may begin another one within its turn: it has one turn each 20 ms", () => {
  const clock = createFakeClock();
  const pacer = new Pacer(clock);
  let frames = 0;
  let second: Disposable | undefined;
  const first = pacer.add(() => {
    first[Symbol.dispose]();
    second = pacer.add(() => frames++);
  });
  clock.advance(1_000);
  assert.ok(frames >= 50 && frames <= 51, `${frames}`);
  second![Symbol.dispose]();
  leakCheck({ clock });
});
