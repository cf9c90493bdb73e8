import assert from "node:assert/strict";
import { test } from "node:test";
import { sipHashKey } from "@trapezoid/base";
import { createFakeClock, createRandomOctets } from "@trapezoid/testkit";
import type { OverloadParams } from "../message/index.ts";
import { NextHopLoads, Weight } from "./next-hop-loads.ts";

const hop = "udp 192.0.2.7:5060";

function rig(maxHops?: number) {
  const clock = createFakeClock();
  const limits: string[] = [];
  const loads = new NextHopLoads({
    clock,
    key: sipHashKey(createRandomOctets(1)(16)),
    onLimit: (name, percent) => limits.push(`${name} ${percent}`),
    ...(maxHops !== undefined && { maxHops: () => maxHops }),
  });
  let calls = 0;
  return {
    clock,
    loads,
    limits,
    hear: (oc: number | true, rest: Partial<OverloadParams> = {}, from = hop) =>
      loads.hear(from, { oc, algorithms: ["loss"], validityMs: 500, sequence: undefined, ...rest }),
    /** How many of `count` such requests were kept. */
    kept(count: number, weight: Weight = Weight.begins, to = hop): number {
      let kept = 0;
      for (let i = 0; i < count; i++) if (!loads.mayGo(to, `call-${calls++}`, weight)) kept++;
      return kept;
    },
  };
}

const near = (found: number, expected: number): void =>
  assert.ok(Math.abs(found - expected) < expected * 0.15 + 5, `${found} is not near ${expected}`);

test("the share that a hop names stays away, from that hop alone (RFC 7339 §5.5, §7.1)", () => {
  const { kept, hear } = rig();
  assert.equal(kept(100), 0);
  hear(20);
  near(kept(1000), 200);
  assert.equal(kept(100, Weight.begins, "udp 192.0.2.7:5062"), 0);
  assert.equal(kept(100, Weight.begins, "tcp 192.0.2.7:5060"), 0);
  hear(100, { sequence: 1 });
  assert.equal(kept(100), 100);
});

test("it ends with its time, 500 ms when none is named (RFC 7339 §4.3, §5.7)", () => {
  const { kept, hear, clock, loads } = rig();
  hear(100);
  clock.advance(499);
  assert.equal(kept(10), 10);
  assert.equal(loads.counters.limiting, 1);
  clock.advance(1);
  assert.equal(kept(10), 0);
  assert.equal(loads.counters.limiting, 0);
});

test("a validity of 0 ends it at once, whatever oc says (RFC 7339 §5.7)", () => {
  const { kept, hear } = rig();
  hear(100, { sequence: 1 });
  hear(50, { sequence: 2, validityMs: 0 });
  assert.equal(kept(100), 0);
});

test("an answer that comes late is left alone; so is the same one again, which begins no new time (RFC 7339 §5.4)", () => {
  const { kept, hear, clock, loads } = rig();
  hear(100, { sequence: 1282321615.782 });
  hear(0, { sequence: 1282321615.1 });
  assert.equal(kept(10), 10);
  assert.equal(loads.counters.stale, 1);
  clock.advance(400);
  hear(100, { sequence: 1282321615.782 });
  clock.advance(100);
  assert.equal(kept(10), 0);
  // Nor does a late one bring back what has ended.
  hear(100, { sequence: 1282321614.9 });
  assert.equal(kept(10), 0);
});

test("a sequence that begins anew is followed (RFC 7339 §4.4)", () => {
  const { kept, hear } = rig();
  hear(100, { sequence: 1282321615.782 });
  hear(0, { sequence: 3 });
  assert.equal(kept(10), 0);
  hear(100, { sequence: 4 });
  assert.equal(kept(10), 10);
});

test("what no server of the loss algorithm says changes nothing (RFC 7339 §7.1)", () => {
  const { kept, hear, loads } = rig();
  hear(101);
  hear(50, { algorithms: ["rate"] });
  hear(50, { algorithms: ["loss", "rate"] });
  hear(true);
  assert.equal(kept(100), 0);
  assert.equal(loads.counters.unusable, 3);
  assert.equal(loads.isEmpty, true);
});

test("what begins something stays away first, then what continues, then what ends (RFC 7339 §5.10.1, §7.2)", () => {
  const { kept, hear, clock } = rig();
  let sequence = 0;
  const lost = [0, 0, 0];
  // Of ten requests six begin, three continue, one ends; 75 in 100 stay away.
  for (let round = 0; round < 200; round++) {
    clock.advance(100);
    hear(75, { sequence: ++sequence });
    const now = [kept(6), kept(3, Weight.continues), kept(1, Weight.ends)];
    if (round >= 100) for (const at of [0, 1, 2]) lost[at]! += now[at]!;
  }
  assert.equal(lost[0], 600);
  near(lost[1]!, 150);
  assert.equal(lost[2], 0);
});

test("one request and its repetitions have one fate", () => {
  const { loads, hear } = rig();
  hear(50, { validityMs: 5_000 });
  for (let i = 0; i < 50; i++) {
    const may = loads.mayGo(hop, `one-${i}`, Weight.begins);
    assert.equal(loads.mayGo(hop, `one-${i}`, Weight.begins), may);
  }
});

test("hops are remembered up to a number; a validity without end has one", () => {
  const { hear, kept, loads, clock } = rig(3);
  for (let port = 1; port <= 5; port++) hear(100, { validityMs: 999_999_999_999 }, `udp 192.0.2.7:${port}`);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((port) => kept(1, Weight.begins, `udp 192.0.2.7:${port}`)),
    [0, 0, 1, 1, 1],
  );
  assert.equal(loads.counters.limiting, 3);
  clock.advance(600_000);
  assert.equal(loads.counters.limiting, 0);
});

test("it is told once that a hop asks for less, and again after it did not", () => {
  const { hear, limits, clock } = rig();
  hear(0, { sequence: 1, validityMs: 0 });
  hear(10, { sequence: 2 });
  hear(30, { sequence: 3 });
  clock.advance(1_000);
  hear(20, { sequence: 4 });
  assert.deepEqual(limits, [`${hop} 10`, `${hop} 20`]);
});
