import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndCause, SessionEnd } from "@trapezoid/sip/agent";
import { callEnd, mediaFailed, nobodyAnswered } from "./call-end.ts";

const end = (cause: EndCause, more: Partial<SessionEnd> = {}): SessionEnd => ({
  cause,
  by: "remote",
  status: 0,
  reason: "",
  reasons: [],
  message: undefined,
  ...more,
});
const text = (...args: Parameters<typeof end>): string => callEnd(end(...args), undefined, 0).text;

test("every end has words for people, with what the other side says about it", () => {
  const reasons = [{ protocol: "SIP", cause: 200, text: "Call completed elsewhere" }];
  assert.deepEqual(
    [
      text("rejected", { status: 486, reason: "Busy Here" }),
      text("rejected", { status: 603, reason: "Decline", by: "local" }),
      text("cancelled"),
      text("cancelled", { by: "local" }),
      text("cancelled", { reasons }),
      text("bye"),
      text("bye", { by: "local" }),
      text("replaced"),
      text("timeout", { by: "local" }),
      text("no-ack"),
      text("session-expired"),
      text("transport", { reason: "connection refused" }),
      text("negotiation", { reason: "no common codec" }),
      text("dialog-lost", { status: 481, reason: "Call/Transaction Does Not Exist" }),
    ],
    [
      "the other side refused the call: 486 Busy Here",
      "we refused the call: 603 Decline",
      "the caller gave up",
      "the call was given up before it was answered",
      "the caller gave up (Call completed elsewhere)",
      "the other side hung up",
      "we hung up",
      "another call took its place",
      "nobody answered: no response came before the time was up",
      "the caller never acknowledged our answer: its ACK is lost on the way, or it is gone",
      "the session timer ran out: the other side is gone",
      "there was no way to send: connection refused",
      "the two sides could not agree on media: no common codec",
      "the other side knows nothing of the call any more (481 Call/Transaction Does Not Exist)",
    ],
  );
});

test("what we ended it for comes before what SIP says; milliseconds are whole", () => {
  const { cause, by, status, durationMs } = callEnd(end("bye"), mediaFailed(new TypeError("no port")), 1_234.567);
  assert.deepEqual([cause, by, status, durationMs], ["media-failed", "local", 500, 1_235]);
  assert.equal(callEnd(end("cancelled"), nobodyAnswered(30), 0).text, "nobody answered within 30 seconds");
});
