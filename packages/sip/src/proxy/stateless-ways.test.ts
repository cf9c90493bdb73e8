import assert from "node:assert/strict";
import { test } from "node:test";
import { mostWays, StatelessWays } from "./stateless-ways.ts";

const target = { uri: "sip:bob@10.0.0.3" };

test("a way is kept for its time, and forgotten after twice that", () => {
  let now = 0;
  const ways = new StatelessWays(() => now, 32_000);
  assert.ok(ways.isEmpty);
  now = 31_000;
  ways.add("a", target);
  now = 63_000;
  assert.equal(ways.find("a"), target);
  now = 95_000;
  assert.equal(ways.find("a"), undefined);
  ways.add("b", target);
  now = 1_000_000;
  assert.equal(ways.find("b"), undefined);
  assert.ok(ways.isEmpty);
});

test("a flood pushes out the oldest ones, and memory stays bounded", () => {
  const ways = new StatelessWays(() => 0, 32_000);
  for (let n = 0; n <= 2 * mostWays; n++) ways.add(String(n), target);
  assert.equal(ways.find("0"), undefined);
  assert.equal(ways.find(String(mostWays)), target);
  assert.equal(ways.find(String(2 * mostWays)), target);
});
