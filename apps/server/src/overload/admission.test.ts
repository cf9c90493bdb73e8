import assert from "node:assert/strict";
import { test } from "node:test";
import { sipHashKey } from "@trapezoid/base";
import { buildRequest, parseMessage, SipRequest } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import { createFakeClock } from "@trapezoid/testkit";
import { defaultOverload } from "../config/defaults.ts";
import { Admission } from "./admission.ts";

const phone = "192.0.2.7";
const stranger = "198.51.100.9";

function open() {
  const clock = createFakeClock();
  const admission = new Admission({
    settings: defaultOverload,
    clock,
    key: sipHashKey(new Uint8Array(16)),
    isTrusted: () => false,
    isTold: () => false,
    isRefresh: () => false,
    isStranger: (flow) => flow.remote.address === stranger,
  });
  let calls = 0;
  /** How many of so many new requests are turned away. */
  const lost = (count: number, from: string, method = "INVITE"): number => {
    const flow = { kind: "tcp", reliable: true, remote: { address: from, port: 5060 } } as Flow;
    let turnedAway = 0;
    for (let i = 0; i < count; i++) {
      const headers = [
        ["Via", `SIP/2.0/TCP ${from};branch=z9hG4bK${++calls}`],
        ["Call-ID", `call-${calls}`],
        ["CSeq", `1 ${method}`],
      ] as const;
      const parsed = parseMessage(buildRequest({ method, uri: "sip:bob@example.com", headers }));
      assert.ok(parsed.ok && parsed.value instanceof SipRequest);
      if (admission.turnAway(parsed.value, flow, false) !== undefined) turnedAway++;
    }
    return turnedAway;
  };
  return { admission, lost };
}

test("a flood of strangers is turned away before one call of those who are known, whatever it consists of", () => {
  for (const method of ["INVITE", "REGISTER", "OPTIONS", "BYE"]) {
    const { admission, lost } = open();
    // Ten strangers for one of ours; seen while half is let in, then steered by.
    admission.letIn(0.5);
    for (let i = 0; i < 100; i++) {
      lost(10, stranger, method);
      lost(1, phone);
    }
    admission.letIn(0.5);
    assert.equal(lost(100, phone), 0, method);
    const turnedAway = lost(1_000, stranger, method);
    assert.ok(turnedAway > 400 && turnedAway < 700, `${turnedAway} of ${method}`);
  }
});

test("calls of those who are known go when strangers are not enough", () => {
  const { admission, lost } = open();
  admission.letIn(0.5);
  lost(100, stranger);
  lost(900, phone);
  admission.letIn(0.5);
  assert.equal(lost(100, stranger), 100);
  const turnedAway = lost(900, phone);
  assert.ok(turnedAway > 300 && turnedAway < 500, `${turnedAway}`);
});
