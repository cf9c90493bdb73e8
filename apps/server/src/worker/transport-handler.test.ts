import assert from "node:assert/strict";
import { test } from "node:test";
import { type Flow, transportErrors } from "@trapezoid/sip/transport";
import { transportHandler } from "./transport-handler.ts";

const flow = { kind: "udp", remote: { address: "192.0.2.7", port: 5060 } } as Flow;

function rig() {
  const failed: [Flow, Error][] = [];
  const logged: string[] = [];
  const handler = transportHandler({
    transactions: () => ({
      newTag: () => "00tag",
      transportError: (broken, error) => void failed.push([broken, error]),
    }),
    receive() {},
    log: (_level, _message, fields) => logged.push(String(fields.to)),
  });
  return { handler, failed, logged };
}

test("what cannot be sent fails the transactions that wait on its flow (RFC 3261 §17.1.4, §18.4)", () => {
  const { handler, failed, logged } = rig();
  const error = transportErrors.sendFailed("192.0.2.7:5060", "EHOSTUNREACH");
  handler.onSendError!(error, flow);
  assert.deepEqual(failed, [[flow, error]]);
  assert.deepEqual(logged, ["udp 192.0.2.7:5060"]);
});

test("a message too long for a datagram says nothing about the others on its flow", () => {
  const { handler, failed, logged } = rig();
  handler.onSendError!(transportErrors.datagramTooLong(70_000), flow);
  assert.deepEqual(failed, []);
  assert.equal(logged.length, 1);
});
