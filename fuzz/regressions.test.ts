import assert from "node:assert/strict";
import { test } from "node:test";
import { readRegressions, replay } from "./run/regressions.ts";

for (const regression of readRegressions()) {
  test(`${regression.name}: ${regression.law}`, async () => {
    assert.equal((await replay(regression))?.message, undefined);
  });
}
