import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "@trapezoid/testkit";
import { LossRunMeter } from "./loss-runs.ts";

test("losses far apart belong to the gap (RFC 3611 §4.7.2)", () => {
  const meter = new LossRunMeter();
  for (let packet = 0; packet < 1_000; packet++) meter.packet(packet % 50 === 0);
  const { burstDensity, gapDensity, burstRatio } = meter.summary();
  assert.deepEqual([burstDensity, gapDensity], [0, 0.02]);
  assert.equal(burstRatio, 1);
});

test("losses close together are a burst with its length and density (RFC 3611 §4.7.2)", () => {
  const meter = new LossRunMeter();
  for (let packet = 0; packet < 1_000; packet++) meter.packet(packet >= 500 && packet < 510);
  const { burstDensity, burstPackets, gapDensity, burstRatio } = meter.summary();
  assert.deepEqual([burstDensity, burstPackets, gapDensity], [1, 10, 0]);
  assert.ok(burstRatio > 9);
});

test("random losses have a burst ratio of 1 (G.107 §7.5)", () => {
  const meter = new LossRunMeter();
  const random = createRandom(4);
  for (let packet = 0; packet < 100_000; packet++) meter.packet(random() < 0.1);
  assert.ok(Math.abs(meter.summary().burstRatio - 1) < 0.03);
});
