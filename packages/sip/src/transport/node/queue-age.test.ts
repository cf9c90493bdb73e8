import assert from "node:assert/strict";
import { test } from "node:test";
import { lostAgeMs, QueueAge } from "./queue-age.ts";

test("the age is how long the last probe was under way, or how long one is", () => {
  const age = new QueueAge();
  assert.equal(age.ageMs(0), 0);
  const first = age.sent(100);
  assert.equal(age.ageMs(180), 80);
  assert.equal(age.came(first, 190), true);
  assert.equal(age.ageMs(200), 90);
  assert.equal(age.ageMs(491), 0);
  const second = age.sent(500);
  age.sent(600);
  age.came(second, 620);
  assert.equal(age.ageMs(650), 120);
  assert.equal(age.ageMs(900), 300);
});

test("a probe that one after it has overtaken is lost: what is dropped comes again after T1", () => {
  const age = new QueueAge();
  age.sent(0);
  const second = age.sent(100);
  age.came(second, 110);
  assert.equal(age.waitingMs(120), 0);
  assert.equal(age.ageMs(120), lostAgeMs);
  assert.equal(age.ageMs(311), 10);
  assert.equal(age.ageMs(411), 0);
});

test("what is not under way is no probe: a number that has come, one that was never sent", () => {
  const age = new QueueAge();
  const first = age.sent(0);
  assert.equal(age.came(first + 1, 5), false);
  assert.equal(age.came(first, 5), true);
  assert.equal(age.came(first, 6), false);
  assert.equal(age.came(0xffff_ffff, 6), false);
});

test("probes that nobody answers are forgotten after a while, and with reset()", () => {
  const age = new QueueAge();
  for (let at = 0; at < 1_000; at++) age.sent(at);
  assert.equal(age.ageMs(1_000), 64);
  age.reset();
  assert.equal(age.ageMs(1_000), 0);
  assert.equal(age.came(999, 1_001), false);
});
