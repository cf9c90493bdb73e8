import assert from "node:assert/strict";
import { test } from "node:test";
import { middleNtp, ntpTime, Reception, roundTripMs } from "./reception.ts";

/** Packets of 20 ms at 8 kHz, each `late(n)` ms after it should. */
function feed(reception: Reception, sequences: Iterable<number>, late: (sequence: number) => number = () => 0): void {
  for (const sequence of sequences) {
    reception.packet(sequence & 0xffff, (sequence * 160) >>> 0, sequence * 20 + late(sequence));
  }
}

function* range(from: number, to: number, without: (value: number) => boolean = () => false): Iterable<number> {
  for (let value = from; value < to; value++) if (!without(value)) yield value;
}

test("losses and the highest sequence number, over a wrap (RFC 3550 §A.1, §A.3)", () => {
  const reception = new Reception(1, 8_000);
  feed(
    reception,
    range(65_500, 65_600, (value) => value % 10 === 5),
  );
  assert.equal(reception.lost, 10);
  const report = reception.report(0);
  assert.equal(report.highestSequence, 65_536 + 63);
  assert.deepEqual([report.cumulativeLost, report.fractionLost], [10, Math.floor((10 * 256) / 100)]);
  feed(reception, range(65_600, 65_700));
  const second = reception.report(0);
  assert.deepEqual([second.cumulativeLost, second.fractionLost], [10, 0], "the fraction is of the interval");
});

test("duplicates make losses fewer, and never a fraction below none (RFC 3550 §6.4.1)", () => {
  const reception = new Reception(1, 8_000);
  feed(reception, range(0, 50));
  feed(reception, range(45, 50));
  const report = reception.report(0);
  assert.deepEqual([report.cumulativeLost, report.fractionLost], [-5, 0]);
});

test("what is missing and what came twice are told apart, in any order and over a wrap", () => {
  const reception = new Reception(1, 8_000);
  const arrivals = [65_534, 65_535, 65_534, 1, 0, 1, 1, 3, 65_533, 4].map((sequence) =>
    reception.packet(sequence, 0, 0),
  );
  assert.deepEqual(arrivals, [
    "restart",
    "in-order",
    "duplicate",
    "in-order",
    "late",
    "duplicate",
    "duplicate",
    "in-order",
    "late",
    "in-order",
  ]);
  assert.deepEqual(reception.totals, { expected: 8, lost: 1, duplicate: 3 });
});

test("totals go on when a source begins anew (RFC 3550 §A.1)", () => {
  const reception = new Reception(1, 8_000);
  feed(
    reception,
    range(0, 100, (value) => value % 10 === 5),
  );
  feed(reception, range(30_000, 30_100));
  assert.equal(reception.lost, 0, "reports are of the stream that is there");
  // The first packet after the jump only announced it.
  assert.deepEqual(reception.totals, { expected: 199, lost: 10, duplicate: 0 });
});

test("a large jump counts only when the next packet follows it (RFC 3550 §A.1)", () => {
  const reception = new Reception(1, 8_000);
  feed(reception, range(0, 10));
  assert.equal(reception.packet(30_000, 0, 0), "jump");
  assert.equal(reception.packet(10, 1_600, 200), "in-order");
  assert.equal(reception.packet(30_000, 0, 0), "jump");
  assert.equal(reception.packet(30_001, 160, 20), "restart");
  assert.equal(reception.expected, 1);
});

test("jitter follows the spread of arrivals and ignores a clock that is merely off (RFC 3550 §A.8)", () => {
  const steady = new Reception(1, 8_000);
  feed(steady, range(0, 500), (sequence) => sequence * 0.004);
  assert.ok(steady.jitterMs < 0.1, `200 ppm give ${steady.jitterMs} ms`);
  const shaky = new Reception(1, 8_000);
  feed(shaky, range(0, 500), (sequence) => (sequence % 2) * 10);
  assert.ok(Math.abs(shaky.jitterMs - 10) < 0.5, `${shaky.jitterMs} ms`);
  const wrapping = new Reception(1, 8_000);
  for (let turn = 0; turn < 100; turn++) wrapping.packet(turn, (0xffffff00 + turn * 160) >>> 0, turn * 20);
  assert.ok(wrapping.jitterMs < 0.1, "a timestamp that wraps is no jitter");
});

test("the round trip is what is left without the other side's delay (RFC 3550 §6.4.1)", () => {
  const sentAt = 1_700_000_000_000;
  const reception = new Reception(1, 8_000);
  reception.packet(1, 160, 0);
  reception.senderReport(middleNtp(ntpTime(sentAt)), 5_000);
  const report = reception.report(6_500);
  assert.equal(report.delaySinceLast, 1.5 * 65_536);
  const roundTrip = roundTripMs(report, middleNtp(ntpTime(sentAt + 1_500 + 80)));
  assert.ok(Math.abs(roundTrip! - 80) < 1);
  assert.equal(roundTripMs(report, middleNtp(ntpTime(sentAt + 1_000))), undefined);
});
