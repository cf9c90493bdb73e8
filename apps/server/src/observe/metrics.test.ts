import assert from "node:assert/strict";
import { test } from "node:test";
import { fallbackMetricName, metricNames } from "./metric-names.ts";
import { createMetrics } from "./metrics.ts";

test("one metric has one help, one type and one set of labels, whatever its rows", () => {
  const seen = new Map<string, string>();
  for (const { name, help, type, labels } of Object.values(metricNames)) {
    const shape = JSON.stringify([help, type, Object.keys(labels ?? {})]);
    assert.equal(seen.get(name) ?? shape, shape, name);
    seen.set(name, shape);
  }
});

test("names follow the convention: trapezoid_, snake case, counters end in _total", () => {
  for (const { name, type } of Object.values(metricNames)) {
    assert.match(name, /^trapezoid_[a-z0-9_]+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
  }
  assert.equal(fallbackMetricName("store.sizeBytes").name, "trapezoid_store_size_bytes");
});

test("totals are not added up over scrapes, and what has gone is gone", async () => {
  let stats: Record<string, number> = { "transport.received": 5, "transport.sent": 1 };
  const metrics = createMetrics({ version: "1", collect: async () => [{ thread: "worker-1", stats }] });
  await metrics.text();
  stats = { "transport.received": 7 };
  const text = await metrics.text();
  assert.match(text, /^trapezoid_sip_messages_received_total\{thread="worker-1"\} 7$/m);
  assert.doesNotMatch(text, /^trapezoid_sip_messages_sent_total\{thread/m);
});
