import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import { SilentHops } from "./silent-hops.ts";

const hop = "192.0.2.7:5060";

function rig(maxHops?: number) {
  const clock = createFakeClock();
  const changes: string[] = [];
  const hops = new SilentHops({
    clock,
    onChange: (name, isSilent) => changes.push(`${name} ${isSilent ? "silent" : "back"}`),
    ...(maxHops !== undefined && { maxHops: () => maxHops }),
  });
  const silence = (name = hop): void => {
    for (let i = 0; i < 3; i++) hops.timedOut(name);
  };
  return { clock, changes, hops, silence };
}

test("a hop that repeatedly does not answer is sent nothing, others are (RFC 7339 §5.9)", () => {
  const { hops, silence, changes } = rig();
  hops.timedOut(hop);
  hops.timedOut(hop);
  assert.equal(hops.mayTry(hop), true);
  hops.timedOut(hop);
  assert.equal(hops.mayTry(hop), false);
  assert.equal(hops.mayTry("192.0.2.8:5060"), true);
  assert.deepEqual(hops.counters, { kept: 1, silent: 1 });
  // Those that were on their way time out, too: that is no news.
  silence();
  assert.deepEqual(changes, [`${hop} silent`]);
});

test("an answer in between begins the count anew", () => {
  const { hops, changes } = rig();
  for (let i = 0; i < 10; i++) {
    hops.timedOut(hop);
    hops.timedOut(hop);
    hops.answered(hop);
  }
  assert.equal(hops.mayTry(hop), true);
  assert.deepEqual(changes, []);
  assert.equal(hops.isEmpty, true);
});

test("one request at a time sees whether it is back, after waits that double up to 32 s", () => {
  const { hops, silence, clock } = rig();
  silence();
  for (const seconds of [2, 4, 8, 16, 32, 32]) {
    clock.advance(seconds * 1_000 - 1);
    assert.equal(hops.mayTry(hop), false, `${seconds}`);
    clock.advance(1);
    assert.equal(hops.mayTry(hop), true, `${seconds}`);
    assert.equal(hops.mayTry(hop), false, `${seconds}`);
  }
});

test("any answer ends it", () => {
  const { hops, silence, changes } = rig();
  silence();
  hops.answered(hop);
  assert.equal(hops.mayTry(hop), true);
  assert.equal(hops.counters.silent, 0);
  assert.deepEqual(changes, [`${hop} silent`, `${hop} back`]);
});

test("hops are remembered up to a number", () => {
  const { hops, silence } = rig(2);
  for (const name of ["a", "b", "c"]) silence(name);
  assert.deepEqual(
    ["a", "b", "c"].map((name) => hops.mayTry(name)),
    [true, false, false],
  );
  assert.equal(hops.counters.silent, 2);
});
