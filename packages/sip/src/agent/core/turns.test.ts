import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "./turns.ts";

test("each waits for those of its name, however they end; nothing of them is kept (RFC 3428 §8)", async () => {
  const turns = new Turns();
  const begun: string[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const run = (name: string, at: number) =>
    turns.run(name, () => {
      begun.push(`${name}${at}`);
      return gates[at]!.promise;
    });
  const first = run("a", 0);
  const second = run("a", 1);
  void run("b", 0).catch(() => {});
  assert.deepEqual([begun, turns.size], [["a0", "b0"], 2]);
  gates[0]!.reject(new TypeError("no"));
  await assert.rejects(first);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(begun.at(-1), "a1");
  gates[1]!.resolve();
  await second;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(turns.size, 0);
});
