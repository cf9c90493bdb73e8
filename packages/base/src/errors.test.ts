import assert from "node:assert/strict";
import { test } from "node:test";
import { define, TrapezoidError } from "./errors.ts";

const timeout = define("SIP_TX_TIMEOUT", (timer: string, ms: number) => `timer ${timer} fired after ${ms} ms`);
const other = define("SIP_OTHER", () => "other");

test("define() makes errors with a stable code and a text from its arguments", () => {
  const error = timeout("B", 32_000);
  assert.ok(error instanceof TrapezoidError);
  assert.ok(error instanceof Error);
  assert.equal(error.code, "SIP_TX_TIMEOUT");
  assert.equal(error.message, "timer B fired after 32000 ms");
  assert.equal(timeout.code, "SIP_TX_TIMEOUT");
  assert.equal("cause" in error, false);
});

test("from() carries the cause; is() knows its own", () => {
  const cause = new RangeError("x");
  const error = timeout.from(cause, "F", 1);
  assert.equal(error.cause, cause);
  assert.equal(timeout.is(error), true);
  assert.equal(other.is(error), false);
  assert.equal(timeout.is(cause), false);
  assert.equal(timeout.is(undefined), false);
});
