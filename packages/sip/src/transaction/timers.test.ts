import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, parseRequest, requestText } from "../../test/transaction-rig.ts";
import { timerSettings } from "./timer-settings.ts";

/** Instants, to the wheel's 10 ms, at which something happened. */
function instants(bench: Bench, untilMs: number, what: string): number[] {
  const times: number[] = [];
  for (let at = bench.clock.now(); at < untilMs; at = bench.clock.now()) {
    bench.clock.advance(10);
    for (const happened of bench.take()) if (happened === what) times.push(bench.clock.now());
  }
  return times;
}

test("timer A doubles from T1 until timer B at 64·T1 (RFC 3261 §17.1.1.2)", () => {
  const bench = new Bench();
  bench.sendRequest("INVITE");
  bench.take();
  assert.deepEqual(instants(bench, 31_990, "sent INVITE"), [500, 1_500, 3_500, 7_500, 15_500, 31_500]);
  assert.deepEqual(instants(bench, 40_000, "timeout"), [32_000]);
  assert.equal(bench.layer.counters.retransmissionsSent, 6);
  assert.equal(bench.layer.counters.timeouts, 1);
  assert.equal(bench.wheel.size, 0);
});

test("timer E doubles from T1 up to T2 until timer F at 64·T1 (RFC 3261 §17.1.2.2)", () => {
  const bench = new Bench();
  bench.sendRequest("OPTIONS");
  bench.take();
  assert.deepEqual(
    instants(bench, 31_990, "sent OPTIONS"),
    [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
  );
  assert.deepEqual(instants(bench, 40_000, "timeout"), [32_000]);
});

test("after a provisional response timer E runs at T2, and timer F as before (RFC 3261 §17.1.2.2)", () => {
  const bench = new Bench();
  const transaction = bench.sendRequest("OPTIONS");
  bench.clock.advance(600);
  bench.receiveStatus(100, parseRequest(transaction.requestText));
  bench.take();
  assert.deepEqual(
    instants(bench, 31_990, "sent OPTIONS"),
    [1_500, 5_500, 9_500, 13_500, 17_500, 21_500, 25_500, 29_500],
  );
  assert.deepEqual(instants(bench, 40_000, "timeout"), [32_000]);
});

test("timer G doubles from T1 up to T2 until timer H at 64·T1 (RFC 3261 §17.2.1)", () => {
  const bench = new Bench();
  bench.layer.receive(requestText(), bench.flow);
  bench.respond(486);
  bench.take();
  assert.deepEqual(
    instants(bench, 31_990, "sent 486"),
    [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
  );
  assert.deepEqual(instants(bench, 40_000, "error timer-h"), [32_000]);
  assert.equal(bench.wheel.size, 0);
});

test("an INVITE with a provisional response waits for ever; its user has timer C (RFC 3261 §17.1.1.2)", () => {
  const bench = new Bench();
  const transaction = bench.sendRequest("INVITE");
  bench.receiveStatus(180, parseRequest(transaction.requestText));
  bench.take();
  bench.clock.advance(600_000);
  assert.deepEqual(bench.take(), []);
  assert.equal(bench.wheel.size, 0);
  assert.equal(bench.layer.counters.clientTransactions, 1);
});

test("T1, T2 and T4 are configurable and move every timer (RFC 3261 §17, §17.1.1.1, §17.1.2.1)", () => {
  const bench = new Bench("udp", { timers: { t1: 100, t2: 400, t4: 1_000 } });
  bench.sendRequest("OPTIONS");
  bench.take();
  assert.deepEqual(instants(bench, 2_000, "sent OPTIONS"), [100, 300, 700, 1_100, 1_500, 1_900]);
  assert.deepEqual(instants(bench, 10_000, "timeout"), [6_400]);
  const completed = bench.sendRequest("OPTIONS");
  bench.receiveStatus(200, parseRequest(completed.requestText));
  bench.take();
  const startedAt = bench.clock.now();
  assert.deepEqual(instants(bench, startedAt + 2_000, "ended"), [startedAt + 1_000]);
});

test("settings that make no sense are refused", () => {
  assert.throws(() => timerSettings({ t1: 0 }), RangeError);
  assert.throws(() => timerSettings({ t2: Number.NaN }), RangeError);
  assert.throws(() => timerSettings({ t1: 5_000 }), RangeError);
  assert.deepEqual(timerSettings(), { t1: 500, t2: 4_000, t4: 5_000 });
});
