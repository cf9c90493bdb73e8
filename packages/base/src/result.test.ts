import assert from "node:assert/strict";
import { test } from "node:test";
import { err, fault, ok, type Result } from "./result.ts";

test("ok() and err() are told apart by `ok`", () => {
  const results: Result<number, string>[] = [ok(1), err("no")];
  assert.deepEqual(
    results.map((result) => (result.ok ? result.value : result.error)),
    [1, "no"],
  );
});

test("fault() says what and where; the offset defaults to the start", () => {
  assert.deepEqual(fault("SIP_MSG_BAD_VIA", "expected a host", 7), {
    ok: false,
    error: { code: "SIP_MSG_BAD_VIA", message: "expected a host", offset: 7 },
  });
  assert.equal(fault("X", "y").error.offset, 0);
});
