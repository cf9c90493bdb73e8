import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, parseRequest, requestText } from "../../test/transaction-rig.ts";

test("a connection that ends fails what waits on it, and no listener stays (RFC 3261 §17.1.4)", () => {
  const bench = new Bench("tcp");
  for (let i = 0; i < 3; i++) bench.sendRequest("INVITE");
  assert.equal(bench.flow.listeners.size, 1);
  bench.take();
  bench.flow.close();
  assert.deepEqual(bench.take(), Array(3).fill(["transport error", "ended"]).flat());
  assert.equal(bench.flow.listeners.size, 0);
  assert.equal(bench.layer.counters.clientTransactions, 0);
  assert.equal(bench.wheel.size, 0);
});

test("the listener goes with the last transaction that waits for a final response", () => {
  const bench = new Bench("tcp");
  const first = bench.sendRequest("INVITE");
  const second = bench.sendRequest("OPTIONS");
  const third = bench.sendRequest("OPTIONS");
  bench.receiveStatus(200, parseRequest(second.requestText));
  bench.receiveStatus(200, parseRequest(first.requestText));
  assert.equal(bench.flow.listeners.size, 1);
  third.terminate();
  assert.equal(bench.flow.listeners.size, 0);
  bench.flow.close();
  // The INVITE got its 2xx: it waits for other forks' until timer M.
  assert.equal(bench.stateOf(first), "accepted");
});

test("a handler may send again on another flow while a broken one fails its transactions", () => {
  const bench = new Bench("udp");
  bench.sendRequest("OPTIONS");
  bench.sendRequest("OPTIONS");
  bench.take();
  let failures = 0;
  bench.onTransportError = () => {
    failures++;
    bench.sendRequest("OPTIONS");
  };
  bench.layer.transportError(bench.flow, new RangeError("unreachable"));
  assert.equal(failures, 2);
  assert.equal(bench.layer.counters.clientTransactions, 2);
});

test("a flow that takes nothing fails the transaction after send() has returned it (RFC 3261 §17.1.4)", () => {
  for (const kind of ["udp", "tcp"] as const) {
    const bench = new Bench(kind);
    bench.flow.refusing = true;
    const transaction = bench.sendRequest("INVITE");
    assert.equal(transaction.terminated, false);
    assert.deepEqual(bench.take(), []);
    bench.clock.advance(10);
    assert.deepEqual(bench.take(), ["transport error", "ended"]);
    assert.equal(bench.flow.listeners.size, 0);
  }
});

test("a retransmission that cannot be sent fails the transaction (RFC 3261 §17.1.4)", () => {
  const bench = new Bench();
  bench.sendRequest("INVITE");
  bench.flow.refusing = true;
  bench.clock.advance(500);
  assert.deepEqual(bench.take(), ["sent INVITE", "transport error", "ended"]);
});

test("an ACK that cannot be sent ends the transaction; the user has its answer (RFC 3261 §17.1.1.2)", () => {
  const bench = new Bench();
  const request = parseRequest(bench.sendRequest("INVITE").requestText);
  bench.receiveStatus(486, request);
  bench.flow.refusing = true;
  bench.receiveStatus(486, request);
  assert.deepEqual(bench.take(), ["sent INVITE", "sent ACK", "up 486", "ended"]);
  assert.equal(bench.wheel.size, 0);
});

test("drain() waits for the last transaction, or for its time", async () => {
  const bench = new Bench();
  await bench.layer.drain(1_000);
  bench.sendRequest("OPTIONS");
  bench.layer.receive(requestText(), bench.flow);
  let drained = 0;
  const early = bench.layer.drain(10_000).then(() => drained++);
  const late = bench.layer.drain(100_000).then(() => drained++);
  bench.clock.advance(9_990);
  await Promise.resolve();
  assert.equal(drained, 0);
  bench.clock.advance(10);
  await early;
  bench.respond(486);
  bench.clock.advance(32_000);
  await late;
  assert.equal(drained, 2);
  assert.equal(bench.layer.counters.serverTransactions, 0);
  assert.equal(bench.wheel.size, 0);
});

test("`unanswered` counts the server transactions that still owe a final response", () => {
  const bench = new Bench();
  bench.layer.receive(requestText(), bench.flow);
  bench.layer.receive(requestText({ method: "OPTIONS", branch: "z9hG4bKo" }), bench.flow);
  assert.equal(bench.layer.unanswered, 2);
  bench.respond(200);
  assert.equal(bench.layer.unanswered, 1);
  assert.equal(bench.layer.counters.serverTransactions, 2);
});

test("close() forgets everything, sends nothing, tells each owner once, and resolves drain()", async () => {
  const bench = new Bench("tcp");
  bench.sendRequest("INVITE");
  bench.layer.receive(requestText(), bench.flow);
  bench.layer.receive(requestText({ method: "CANCEL" }), bench.flow);
  const drained = bench.layer.drain(100_000);
  bench.take();
  bench.layer.close();
  bench.layer.close();
  await drained;
  assert.deepEqual(bench.take(), ["ended", "ended", "ended"]);
  assert.equal(bench.wheel.size, 0);
  assert.equal(bench.flow.listeners.size, 0);
  assert.equal(bench.layer.counters.clientTransactions + bench.layer.counters.serverTransactions, 0);
  bench.layer.receive(requestText({ branch: "z9hG4bKlate" }), bench.flow);
  assert.equal(bench.sendRequest("OPTIONS").terminated, true);
  assert.deepEqual(bench.take(), ["ended"]);
  assert.equal(bench.wheel.size, 0);
});
