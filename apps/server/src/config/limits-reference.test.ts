import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { metricNames } from "../observe/metric-names.ts";
import type { LimitsConfig } from "./config.ts";
import { defaultLimits } from "./defaults.ts";
import { checkConfig } from "./resolve.ts";

const reference = readFileSync(new URL("../../../../docs/reference/limits.md", import.meta.url), "utf8");

/** The rows of its tables, cell by cell. */
const rows = reference
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );

test("the reference tells every limit once, with its default, and no other", () => {
  const told = rows.map(([name, value]) => [name!.replaceAll("`", ""), Number(value!.replaceAll(",", ""))] as const);
  assert.equal(new Set(told.map(([name]) => name)).size, told.length);
  assert.deepEqual(Object.fromEntries(told), { ...defaultLimits });
});

test("every counter that the reference names is at /metrics", () => {
  const known = new Set(
    Object.values(metricNames).map(({ name, labels }) => {
      const text = Object.entries(labels ?? {}).map(([label, value]) => `${label}="${value}"`);
      return text.length === 0 ? name : `${name}{${text.join(",")}}`;
    }),
  );
  for (const [name, , , , counters] of rows) {
    const named = [...counters!.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);
    assert.ok(named.length > 0, `${name} names no counter`);
    for (const counter of named) assert.ok(known.has(counter), `${name}: ${counter}`);
  }
});

test("a limit that cannot be is told by its name, in words, with what it may be", () => {
  for (const name of Object.keys(defaultLimits) as (keyof LimitsConfig)[]) {
    const said = new RegExp(`limits\\.${name}: expected .{10,} as a whole number, \\d+ to \\d+`);
    for (const value of [-1, 1.5, "many"]) {
      assert.throws(() => checkConfig({ limits: { [name]: value } }, "trapezoid.config.ts"), said);
    }
    checkConfig({ limits: { [name]: defaultLimits[name] } }, "trapezoid.config.ts");
  }
});
