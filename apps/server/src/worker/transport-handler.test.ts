import assert from "node:assert/strict";
import { test } from "node:test";
import { type Flow, transportErrors } from "@trapezoid/sip/transport";
import { transportHandler } from "./transport-handler.ts";

const remote = { address: "192.0.2.7", port: 5060 };
const flow = { kind: "udp", remote } as Flow;

function rig() {
  const failed: [Flow, Error][] = [];
  const logged: string[] = [];
  const garbage: Flow[] = [];
  const handler = transportHandler({
    transactions: () => ({
      newTag: () => "00tag",
      transportError: (broken, error) => void failed.push([broken, error]),
    }),
    receive() {},
    garbage: (from) => void garbage.push(from),
    log: (_level, _message, fields) => logged.push(String(fields.to)),
  });
  return { handler, failed, logged, garbage };
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

test("what cannot be framed is answered 400, with the Via stamped like any other (RFC 3261 §18.2.1, §18.3)", () => {
  const { handler } = rig();
  const sent: string[] = [];
  const stream = { kind: "tcp", remote, send: (text: string) => sent.push(text) } as unknown as Flow;
  const head =
    "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c.example;branch=z9hG4bK1;rport\r\nContent-Length: -1\r\n\r\n";
  handler.onGarbage!("bad-framing", stream, head);
  assert.match(sent[0]!, /^SIP\/2\.0 400 /);
  assert.match(sent[0]!, /^Via: SIP\/2\.0\/TCP c\.example;branch=z9hG4bK1;rport=5060;received=192\.0\.2\.7\r$/m);
});

test("the firewall is told where unreadable octets came from", () => {
  const { handler, garbage } = rig();
  handler.onGarbage!("not-sip", flow);
  assert.deepEqual(garbage, [flow]);
});
