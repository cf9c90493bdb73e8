import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { metricNames } from "../observe/metric-names.ts";
import { defaultOverload } from "./defaults.ts";

const guide = readFileSync(new URL("../../../../docs/guide/overload.md", import.meta.url), "utf8");

/** `oc.tell` → `everyone`. */
function flat(settings: object, path = ""): (readonly [name: string, value: string])[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const name = path === "" ? key : `${path}.${key}`;
    if (Array.isArray(value)) return [[name, value.join(", ")] as const];
    return typeof value === "object" ? flat(value, name) : [[name, String(value)] as const];
  });
}

test("the guide tells every setting of overload control once, with its default, and no other", () => {
  const told = guide
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.slice(1, -1).split("|"))
    .map(([name, value]) => [name!.trim().replaceAll("`", ""), value!.trim().replaceAll("`", "")] as const)
    .map(([name, value]) => [
      name,
      /^[\d,]+$/.test(value) && !value.includes(", ") ? value.replaceAll(",", "") : value,
    ]);
  const { enabled, ...settings } = defaultOverload;
  assert.equal(enabled, true);
  assert.deepEqual(Object.fromEntries(told), Object.fromEntries(flat(settings)));
});

test("every metric that the guide names is at /metrics", () => {
  const known = new Set(Object.values(metricNames).map(({ name }) => name));
  const named = [...guide.matchAll(/trapezoid_[a-z_]+/g)].map(([name]) => name);
  assert.ok(named.length > 8);
  for (const name of named) assert.ok(known.has(name), name);
});
