import assert from "node:assert/strict";
import { test } from "node:test";
import { countTurnedAway } from "./turned-away.ts";

function aborted(call: number, ...lines: readonly string[]): string {
  const message = [...lines, `Call-ID: ${call}-31729@127.0.0.1`, "CSeq: 1 INVITE", "Content-Length: 0", "", ""].join(
    "\r\n",
  );
  const at = "2026-11-21\t15:30:29.354456\t1795275029.354456: ";
  return `${at}Aborting call on unexpected message for Call-Id '${call}-31729@127.0.0.1': while expecting '100' (index 1), received '${message}'`;
}
const overload = ["SIP/2.0 503 Service Unavailable", "Retry-After: 3"];

test("calls that got 503 with Retry-After were turned away as overload", () => {
  const log = `The following events occurred:\n${aborted(1, ...overload)}${aborted(2, ...overload)}`;
  assert.equal(countTurnedAway(log), 2);
});

test("a 503 that does not say when to come back, and any other answer, is a failure of its own", () => {
  const log =
    aborted(1, "SIP/2.0 503 Gone") + aborted(2, "SIP/2.0 403 Forbidden", "Retry-After: 3") + aborted(3, ...overload);
  assert.equal(countTurnedAway(log), 1);
  assert.equal(countTurnedAway(""), 0);
});
