import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DigitReceiver,
  decodeTelephoneEvent,
  defaultDigitTiming,
  digitOfEvent,
  digitPackets,
  encodeTelephoneEvent,
  eventOfDigit,
} from "./telephone-event.ts";

const timing = { ...defaultDigitTiming, clockRate: 8_000 };

test("every digit has its event (RFC 4733 §3.2)", () => {
  for (const digit of "0123456789*#ABCDF") assert.equal(digitOfEvent(eventOfDigit(digit)!), digit);
  assert.deepEqual(
    [eventOfDigit("a"), eventOfDigit("x"), eventOfDigit(""), eventOfDigit("12")],
    [12, undefined, undefined, undefined],
  );
});

test("a payload comes back as it was; a short one is none (RFC 4733 §2.3)", () => {
  const event = { event: 11, end: true, volume: 63, duration: 65_535 };
  assert.deepEqual(decodeTelephoneEvent(encodeTelephoneEvent(event)), event);
  assert.equal(decodeTelephoneEvent(new Uint8Array(3)), undefined);
});

test("a digit: one marker, one timestamp, growing duration, three ends (RFC 4733 §2.5.1)", () => {
  const { packets, ticks } = digitPackets(5, timing);
  assert.deepEqual(packets.map(({ marker }) => marker).filter(Boolean).length, 1);
  assert.ok(packets.every(({ timestampOffset }) => timestampOffset === 0));
  const decoded = packets.map(({ payload }) => decodeTelephoneEvent(payload)!);
  assert.deepEqual(
    decoded.map(({ duration }) => duration),
    [160, 320, 480, 640, 800, 960, 1_120, 1_280, 1_280, 1_280],
  );
  assert.deepEqual(
    decoded.map(({ end }) => end),
    [...Array<boolean>(7).fill(false), true, true, true],
  );
  assert.equal(ticks, 12);
});

test("an event longer than its duration can count goes on in a new segment (RFC 4733 §2.5.1.3)", () => {
  const { packets } = digitPackets(1, { ...timing, clockRate: 48_000, toneMs: 3_000 });
  assert.deepEqual([...new Set(packets.map(({ timestampOffset }) => timestampOffset))].length, 3);
  const receiver = new DigitReceiver();
  const heard = packets
    .map(({ timestampOffset, payload }) => receiver.packet(timestampOffset, payload, false))
    .filter((digit) => digit !== undefined);
  assert.deepEqual(heard, ["1"]);
});

test("each digit is heard once: repeated, in disorder, with its first packets or its ends lost (RFC 4733 §2.5.2)", () => {
  const hear = (keep: (index: number) => boolean): string => {
    const receiver = new DigitReceiver();
    let text = "";
    let timestamp = 0xfffff000;
    for (const digit of "1122#") {
      const { packets, ticks } = digitPackets(eventOfDigit(digit)!, timing);
      for (const [index, { payload, timestampOffset }] of packets.entries()) {
        if (keep(index)) text += receiver.packet((timestamp + timestampOffset) >>> 0, payload, false) ?? "";
      }
      timestamp = (timestamp + ticks * 160) >>> 0;
    }
    return text;
  };
  assert.equal(
    hear(() => true),
    "1122#",
  );
  assert.equal(
    hear((index) => index > 5),
    "1122#",
  );
  assert.equal(
    hear((index) => index < 2),
    "1122#",
  );
  assert.equal(
    hear((index) => index % 3 === 1),
    "1122#",
  );
  const receiver = new DigitReceiver();
  assert.equal(
    receiver.packet(1_000, encodeTelephoneEvent({ event: 1, end: false, volume: 0, duration: 160 }), false),
    "1",
  );
  assert.equal(
    receiver.packet(3_000, encodeTelephoneEvent({ event: 2, end: false, volume: 0, duration: 160 }), false),
    "2",
  );
  assert.equal(
    receiver.packet(1_000, encodeTelephoneEvent({ event: 1, end: true, volume: 0, duration: 800 }), true),
    undefined,
    "late",
  );
});
