import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage } from "../../message/message.ts";
import { mayPass, retryInMs } from "./passing-failures.ts";

test("30 s, doubled for each failure up to 30 min; Retry-After is the least (RFC 3261 §20.33)", () => {
  assert.deepEqual(
    [0, 1, 2, 5, 6, 100].map((failures) => retryInMs(failures, undefined) / 1000),
    [30, 60, 120, 960, 1_800, 1_800],
  );
  const parsed = parseMessage("SIP/2.0 503 X\r\nRetry-After: 100\r\n\r\n");
  assert.ok(parsed.ok && !parsed.value.isRequest);
  assert.deepEqual([retryInMs(0, parsed.value), retryInMs(2, parsed.value)], [100_000, 120_000]);
});

test("what may pass is tried again, a server's last word is not (RFC 3261 §21.4, §21.5)", () => {
  assert.deepEqual([408, 480, 500, 503].map(mayPass), [true, true, true, true]);
  assert.deepEqual(
    [401, 403, 404, 423, 489, 501, 603].map(mayPass),
    Array.from({ length: 7 }, () => false),
  );
});
