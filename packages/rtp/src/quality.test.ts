import assert from "node:assert/strict";
import { test } from "node:test";
import { estimateQuality, mosOf } from "./quality.ts";

test("the undisturbed call has R 93.2 and 4.4 (ITU-T G.107 §7.7)", () => {
  const { rFactor, mos } = estimateQuality({ delayMs: 0, loss: 0, codec: "PCMU" });
  assert.ok(Math.abs(rFactor - 93.2) < 0.01);
  assert.ok(Math.abs(mos - 4.41) < 0.01);
});

test("opinion scores of G.107 annex B", () => {
  for (const [rFactor, mos] of [
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
    [0, 1],
    [100, 4.5],
  ] as const) {
    assert.ok(Math.abs(mosOf(rFactor) - mos) < 0.011, `R ${rFactor} gave ${mosOf(rFactor)}`);
  }
});

test("more loss, more delay, longer bursts and a weaker codec are never better", () => {
  const base = { delayMs: 100, loss: 0.02, codec: "PCMA", burstRatio: 1 };
  const r = (more: Partial<typeof base>): number => estimateQuality({ ...base, ...more }).rFactor;
  for (let step = 1; step < 50; step++) {
    assert.ok(r({ loss: step / 50 }) <= r({ loss: (step - 1) / 50 }));
    assert.ok(r({ delayMs: step * 20 }) <= r({ delayMs: (step - 1) * 20 }));
    assert.ok(r({ burstRatio: 1 + step / 10 }) <= r({ burstRatio: 1 + (step - 1) / 10 }));
  }
  assert.ok(r({ codec: "G729" }) < r({}));
});
