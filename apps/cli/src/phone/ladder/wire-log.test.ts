import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { test } from "node:test";
import type { Flow } from "@trapezoid/sip/transport";
import { createFakeClock } from "@trapezoid/testkit";
import { maxWireMessages, WireLog } from "./wire-log.ts";

const flow = {
  kind: "udp",
  local: { address: "192.0.2.2", port: 5070 },
  remote: { address: "192.0.2.1", port: 5060 },
} as Flow;

function request(method: string, branch: string, cseq = 1): string {
  return [
    `${method} sip:bob@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK${branch}`,
    "From: <sip:alice@example.com>;tag=a",
    "To: <sip:bob@example.com>",
    "Call-ID: c1",
    `CSeq: ${cseq} ${method}`,
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

test("what transports publish is kept with its time and direction, while the log is attached", () => {
  const clock = createFakeClock();
  const log = new WireLog(clock).attach();
  clock.advance(250);
  channel("sip:transport:sent").publish({ message: request("INVITE", "1"), flow });
  log[Symbol.dispose]();
  channel("sip:transport:sent").publish({ message: request("INVITE", "2"), flow });
  assert.deepEqual(
    log.messages.map(({ at, direction, kind, remote }) => ({ at, direction, kind, remote })),
    [{ at: 250, direction: "sent", kind: "udp", remote: flow.remote }],
  );
});

test("the same request is known again by its branch, another attempt is not the same", () => {
  const log = new WireLog(createFakeClock());
  for (const branch of ["1", "1", "2"]) log.record("sent", { message: request("INVITE", branch), flow });
  // A CANCEL has the branch of its INVITE (§9.1).
  log.record("sent", { message: request("CANCEL", "1"), flow });
  assert.deepEqual(
    log.messages.map(({ repetition }) => repetition),
    [0, 1, 0, 0],
  );
});

test("keep-alives, and what is no SIP, are left out", () => {
  const log = new WireLog(createFakeClock());
  log.record("sent", { message: new Uint8Array([13, 10, 13, 10]), flow });
  log.record("received", { message: "HELLO\r\n\r\n", flow });
  assert.equal(log.messages.length, 0);
});

test(`of more than ${maxWireMessages} messages the oldest are forgotten and counted`, () => {
  const log = new WireLog(createFakeClock());
  for (let n = 0; n < maxWireMessages + 3; n++) log.record("sent", { message: request("OPTIONS", String(n)), flow });
  assert.equal(log.messages.length, maxWireMessages);
  assert.equal(log.dropped, 3);
  assert.equal(log.messages[0]?.message.via?.branch, "z9hG4bK3");
});
