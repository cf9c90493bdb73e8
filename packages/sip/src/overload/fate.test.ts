import assert from "node:assert/strict";
import { test } from "node:test";
import { sipHashKey } from "@trapezoid/base";
import { createRandomOctets } from "@trapezoid/testkit";
import { Fate, fateMs } from "./fate.ts";

const fate = new Fate(sipHashKey(createRandomOctets(1)(16)));

test("one Call-ID has one fate, for as long as its request may be repeated", () => {
  const at = 7 * fateMs;
  assert.equal(fate.of("a84b4c76e66710", at), fate.of("a84b4c76e66710", at + fateMs - 1));
  assert.notEqual(fate.of("a84b4c76e66710", at), fate.of("a84b4c76e66710", at + fateMs));
  assert.notEqual(fate.of("a84b4c76e66710", at), fate.of("a84b4c76e66711", at));
});

test("of many Call-IDs, the share below a threshold is the threshold", () => {
  let below = 0;
  let spareBelow = 0;
  const count = 4000;
  for (let i = 0; i < count; i++) {
    const luck = fate.of(`call-${i}@192.0.2.7`, 0);
    assert.ok(luck >= 0 && luck < 1);
    if (luck < 0.25) below++;
    if (luck < 0.25 && fate.spare < 0.5) spareBelow++;
  }
  assert.ok(Math.abs(below / count - 0.25) < 0.03, `${below / count}`);
  assert.ok(Math.abs(spareBelow / below - 0.5) < 0.06, `${spareBelow / below}`);
});

test("another key gives other fates, which nobody can work out", () => {
  const other = new Fate(sipHashKey(createRandomOctets(2)(16)));
  assert.notEqual(fate.of("a84b4c76e66710", 0), other.of("a84b4c76e66710", 0));
});
