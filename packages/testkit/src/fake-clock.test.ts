import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "./fake-clock.ts";

test("advance() runs what is due, in order of time, then of arming, each at its own instant", () => {
  const clock = createFakeClock({ startAt: 0 });
  const seen: string[] = [];
  clock.after(20, () => seen.push(`b@${clock.now()}`));
  clock.after(10, () => {
    seen.push(`a@${clock.now()}`);
    clock.after(5, () => seen.push(`nested@${clock.now()}`));
  });
  clock.after(20, () => seen.push(`c@${clock.now()}`));
  clock.after(31, () => seen.push("too late"));
  clock.advance(30);
  assert.deepEqual(seen, ["a@10", "nested@15", "b@20", "c@20"]);
  assert.equal(clock.now(), 30);
  assert.equal(clock.pending, 1);
  assert.equal(clock.nextIn, 1);
});

test("a disposed callback does not run and is not pending", () => {
  const clock = createFakeClock();
  const registration = clock.after(1, () => assert.fail());
  registration[Symbol.dispose]();
  registration[Symbol.dispose]();
  assert.equal(clock.pending, 0);
  clock.advance(10);
});

test("jump() runs what fell due late, at the new instant", () => {
  const clock = createFakeClock({ startAt: 0 });
  const seen: number[] = [];
  clock.after(10, () => seen.push(clock.now()));
  clock.jump(1000);
  assert.deepEqual(seen, [1000]);
});

test("advanceAsync() lets promises settle between callbacks", async () => {
  const clock = createFakeClock({ startAt: 0 });
  const seen: number[] = [];
  const wait = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const walk = async () => {
    await wait(10);
    seen.push(clock.now());
    await wait(10);
    seen.push(clock.now());
  };
  const done = walk();
  await clock.advanceAsync(25);
  assert.deepEqual(seen, [10, 20]);
  assert.equal(clock.now(), 25);
  await done;
});

test("thousands of callbacks keep their order", () => {
  const clock = createFakeClock({ startAt: 0 });
  const seen: number[] = [];
  for (let i = 0; i < 5000; i++) {
    const at = (i * 7919) % 5000;
    clock.after(at, () => seen.push(at));
  }
  clock.advance(5000);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.equal(seen.length, 5000);
});
