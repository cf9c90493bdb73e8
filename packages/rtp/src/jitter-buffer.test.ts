import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "@trapezoid/testkit";
import { JitterBuffer, type JitterBufferOptions, type Pulled } from "./jitter-buffer.ts";

const packetMs = 20;
const ticks = 160;

interface Network {
  readonly packets: number;
  readonly loss?: number;
  /** Each packet is up to so much later than the fastest. */
  readonly jitterMs?: number;
  /** How much faster the sender's clock runs. */
  readonly skewPpm?: number;
  readonly seed?: number;
  /** Whether the sender speaks then. */
  readonly speaks?: (packet: number) => boolean;
  readonly options?: Partial<JitterBufferOptions>;
}

interface Heard {
  readonly buffer: JitterBuffer;
  /** Numbers of the packets in the order in which they were played; -1 lost, -2 nothing. */
  readonly order: number[];
  readonly delays: number[];
  readonly lost: number;
}

function buffer(options: Partial<JitterBufferOptions> = {}): JitterBuffer {
  return new JitterBuffer({ clockRate: 8_000, ticksOf: (payload) => payload.length, ...options });
}

function payloadOf(packet: number): Uint8Array {
  const payload = new Uint8Array(ticks);
  new DataView(payload.buffer).setUint32(0, packet);
  return payload;
}

function numberOf(pulled: Pulled): number {
  if (pulled.kind === "empty") return -2;
  if (pulled.kind === "lost") return -1;
  return new DataView(pulled.payload.buffer, pulled.payload.byteOffset).getUint32(0);
}

/** Sends packets over a network that is repeatable, and pulls one each 20 ms. */
function simulate({ packets, loss = 0, jitterMs = 0, skewPpm = 0, seed = 1, speaks, options }: Network): Heard {
  const random = createRandom(seed);
  const intoNetwork: { at: number; packet: number; sequence: number }[] = [];
  let lost = 0;
  let sequence = 65_000;
  for (let packet = 0; packet < packets; packet++) {
    const late = random() * jitterMs;
    if (speaks?.(packet) === false) continue;
    sequence++;
    if (random() < loss) lost++;
    else intoNetwork.push({ at: packet * packetMs * (1 - skewPpm / 1e6) + late, packet, sequence: sequence & 0xffff });
  }
  intoNetwork.sort((a, b) => a.at - b.at);
  const jitterBuffer = buffer(options);
  const order: number[] = [];
  const delays: number[] = [];
  let arrived = 0;
  for (let at = 3; at < packets * packetMs + 400; at += packetMs) {
    for (; arrived < intoNetwork.length && intoNetwork[arrived]!.at <= at; arrived++) {
      const { packet, sequence: number, at: arrivedAt } = intoNetwork[arrived]!;
      jitterBuffer.push(7, number, (0xffff_0000 + packet * ticks) >>> 0, payloadOf(packet), arrivedAt);
    }
    const pulled = jitterBuffer.pull(at);
    order.push(numberOf(pulled));
    if (pulled.kind === "frame") delays.push(jitterBuffer.delayMs);
  }
  return { buffer: jitterBuffer, order, delays, lost };
}

function isAscending(order: readonly number[]): boolean {
  const played = order.filter((packet) => packet >= 0);
  return played.every((packet, index) => index === 0 || packet > played[index - 1]!);
}

test("a quiet network: every packet in order over the wrap of both numbers, none later than one packet more than wanted", () => {
  const { buffer: jitterBuffer, order, delays } = simulate({ packets: 1_000 });
  assert.deepEqual(
    order.filter((packet) => packet >= 0),
    Array.from({ length: 1_000 }, (_, packet) => packet),
  );
  assert.equal(jitterBuffer.counters.lost, 0);
  assert.ok(jitterBuffer.targetMs === 20, `${jitterBuffer.targetMs} ms wanted`);
  assert.ok(Math.max(...delays) <= 60);
});

test("10 % loss: each lost packet is told once, at its place", () => {
  const { buffer: jitterBuffer, order, lost } = simulate({ packets: 5_000, loss: 0.1 });
  const { counters } = jitterBuffer;
  assert.ok(isAscending(order));
  assert.equal(counters.played, 5_000 - lost);
  assert.ok(Math.abs(counters.lost - lost) <= 1, `${counters.lost} of ${lost}`);
  assert.equal(counters.late, 0);
});

test("100 ms of jitter: packets overtake each other, are put in order, and less than 3 % come too late", () => {
  const { buffer: jitterBuffer, order, delays } = simulate({ packets: 5_000, jitterMs: 100 });
  assert.ok(isAscending(order));
  const { counters, targetMs } = jitterBuffer;
  assert.ok(counters.late / 5_000 < 0.03, `${counters.late} late`);
  assert.ok(counters.played / 5_000 > 0.97);
  assert.ok(targetMs >= 90 && targetMs <= 110, `${targetMs} ms wanted`);
  const settled = delays.slice(500);
  assert.ok(Math.max(...settled) <= 160, `${Math.max(...settled)} ms`);
});

test("the delay grows at once when the network becomes bad, and shrinks slowly when it is good again", () => {
  const jitterBuffer = buffer();
  const random = createRandom(3);
  const targets: number[] = [];
  for (let packet = 0; packet < 3_000; packet++) {
    const isBad = packet >= 500 && packet < 1_000;
    const at = packet * packetMs + (isBad ? random() * 100 : 0);
    jitterBuffer.push(7, packet, packet * ticks, payloadOf(packet), at);
    jitterBuffer.pull(at);
    targets.push(jitterBuffer.targetMs);
  }
  assert.equal(targets[499], 20);
  assert.ok(targets[560]! >= 80, `${targets[560]} ms after 60 packets`);
  assert.ok(targets[1_100]! >= 75, `${targets[1_100]} ms 2 s after it became good`);
  assert.equal(targets[2_999], 20);
});

for (const skewPpm of [-200, 200]) {
  test(`clocks ${skewPpm} ppm apart for two hours: no starving, no growing`, () => {
    const { buffer: jitterBuffer, order, delays } = simulate({ packets: 360_000, skewPpm });
    const slip = (7_200 * 1_000 * Math.abs(skewPpm)) / 1e6 / packetMs;
    assert.ok(isAscending(order));
    const longest = delays.reduce((most, one) => Math.max(most, one), 0);
    assert.ok(longest < 90, `${longest} ms`);
    const { dropped, late, lost } = jitterBuffer.counters;
    assert.ok(dropped <= slip + 5, `${dropped} left out`);
    assert.equal(late + lost, 0);
    const empty = order.slice(10, 359_000).filter((packet) => packet === -2).length;
    assert.ok(empty <= slip + 5, `${empty} times nothing, ${slip} are the difference of the clocks`);
    if (skewPpm > 0) assert.ok(dropped >= slip - 5, "a fast sender's surplus is left out");
  });
}

test("loss, jitter, reordering and skew together", () => {
  const { buffer: jitterBuffer, order, lost } = simulate({ packets: 20_000, loss: 0.1, jitterMs: 100, skewPpm: 200 });
  const { counters } = jitterBuffer;
  assert.ok(isAscending(order));
  assert.ok(counters.played > 0.95 * (20_000 - lost), `${counters.played} played`);
  assert.ok(counters.lost >= lost - 5 && counters.lost <= lost + counters.late + 5);
});

test("a pause of the sender is no loss, and the next talk spurt begins with the wanted delay (DTX)", () => {
  const { buffer: jitterBuffer, order } = simulate({
    packets: 2_000,
    jitterMs: 30,
    speaks: (packet) => packet % 100 < 60,
  });
  assert.ok(isAscending(order));
  assert.ok(jitterBuffer.counters.lost <= 5, `${jitterBuffer.counters.lost} lost`);
  assert.ok(jitterBuffer.counters.played >= 1_190);
  const pause = order.indexOf(59);
  assert.equal(order.slice(pause + 5, pause + 35).filter((packet) => packet !== -2).length, 0);
});

test("a lost packet comes with the one behind it, for its redundancy (RFC 6716 §4.4)", () => {
  const jitterBuffer = buffer({ initialMs: 60 });
  for (const packet of [0, 1, 3, 4]) jitterBuffer.push(7, packet, packet * ticks, payloadOf(packet), packet * packetMs);
  const pulled = [62, 82, 102, 122].map((at) => {
    const one = jitterBuffer.pull(at);
    return one.kind === "lost" ? new DataView(one.next!.buffer).getUint32(0) * 100 : numberOf(one);
  });
  assert.deepEqual(pulled, [0, 1, 300, 3]);
});

test("duplicates are told, and played once", () => {
  const jitterBuffer = buffer();
  for (const packet of [0, 0, 1, 1]) jitterBuffer.push(7, packet, packet * ticks, payloadOf(packet), packet * packetMs);
  assert.equal(jitterBuffer.counters.duplicate, 2);
  assert.deepEqual(
    [60, 80, 100].map((at) => numberOf(jitterBuffer.pull(at))),
    [0, 1, -2],
  );
});

test("a packet after its turn is late and counted", () => {
  const jitterBuffer = buffer();
  for (const packet of [0, 2]) jitterBuffer.push(7, packet, packet * ticks, payloadOf(packet), packet * packetMs);
  assert.deepEqual(
    [60, 80, 100].map((at) => numberOf(jitterBuffer.pull(at))),
    [0, -1, 2],
  );
  assert.equal(jitterBuffer.push(7, 1, ticks, payloadOf(1), 110), "late");
  assert.equal(jitterBuffer.counters.late, 1);
});

test("a missing packet is waited for while the delay is shorter than wanted by now", () => {
  const jitterBuffer = buffer({ initialMs: 20 });
  for (let packet = 0; packet < 10; packet++) {
    jitterBuffer.push(7, packet, packet * ticks, payloadOf(packet), packet * packetMs);
    if (packet > 0) assert.equal(numberOf(jitterBuffer.pull(packet * packetMs + 1)), packet - 1);
  }
  assert.equal(numberOf(jitterBuffer.pull(201)), 9);
  // A second copy, 105 ms late, tells what the network does; the next packet is as late.
  jitterBuffer.push(7, 5, 5 * ticks, payloadOf(5), 205);
  jitterBuffer.push(7, 11, 11 * ticks, payloadOf(11), 220);
  assert.equal(numberOf(jitterBuffer.pull(221)), -2);
  jitterBuffer.push(7, 10, 10 * ticks, payloadOf(10), 235);
  assert.deepEqual([numberOf(jitterBuffer.pull(241)), numberOf(jitterBuffer.pull(261))], [10, 11]);
  assert.equal(jitterBuffer.counters.lost, 0);
});

test("another source begins anew (RFC 3550 §5.1)", () => {
  const jitterBuffer = buffer();
  jitterBuffer.push(7, 100, 1_000, payloadOf(0), 0);
  jitterBuffer.push(8, 40_000, 999_999, payloadOf(1), 20);
  assert.equal(jitterBuffer.size, 1);
  assert.equal(numberOf(jitterBuffer.pull(100)), 1);
  assert.equal(jitterBuffer.counters.restarts, 1);
});

test("a large jump of the sequence number counts only when the next packet follows it (RFC 3550 §A.1)", () => {
  const jitterBuffer = buffer();
  jitterBuffer.push(7, 1, 0, payloadOf(0), 0);
  assert.equal(jitterBuffer.push(7, 30_000, 0, payloadOf(9), 5), "refused");
  assert.equal(jitterBuffer.push(7, 2, ticks, payloadOf(1), 20), "stored");
  assert.equal(jitterBuffer.push(7, 50_000, 0, payloadOf(8), 30), "refused");
  assert.equal(jitterBuffer.push(7, 50_001, ticks, payloadOf(9), 50), "stored");
  assert.equal(numberOf(jitterBuffer.pull(200)), 9);
});

test("a timestamp that jumps, forward, back or standing still in a pause, costs no packet", () => {
  const jitterBuffer = buffer();
  const order: number[] = [];
  const starts = [0, 900_000_000, 5_000, 5_000 + 50 * ticks];
  let at = 0;
  for (let packet = 0; packet < 200; packet++) {
    const run = Math.floor(packet / 50);
    // Before the last run 5 s of pause, in which the timestamp stands still.
    if (packet === 150)
      for (const resumeAt = at + 5_000; at < resumeAt; at += packetMs) order.push(numberOf(jitterBuffer.pull(at + 3)));
    jitterBuffer.push(7, packet, starts[run]! + (packet % 50) * ticks, payloadOf(packet), at);
    order.push(numberOf(jitterBuffer.pull(at + 3)));
    at += packetMs;
  }
  for (let turn = 0; turn < 20; turn++, at += packetMs) order.push(numberOf(jitterBuffer.pull(at + 3)));
  assert.deepEqual(
    order.filter((packet) => packet >= 0),
    Array.from({ length: 200 }, (_, packet) => packet),
  );
  assert.equal(jitterBuffer.counters.restarts, 3);
});

test("a timestamp that falls back a little, as no network makes it, costs neither packet nor delay", () => {
  const jitterBuffer = buffer();
  const order: number[] = [];
  let at = 0;
  let late = 0;
  for (let packet = 0; packet < 200; packet++, at += packetMs) {
    const back = packet < 100 ? 0 : 25 * ticks;
    jitterBuffer.push(7, packet, packet * ticks + 1_000_000 - back, payloadOf(packet), at);
    const pulled = jitterBuffer.pull(at + 3);
    order.push(numberOf(pulled));
    if (packet > 110 && pulled.kind === "frame") late = Math.max(late, pulled.excessMs);
  }
  assert.deepEqual(
    order.filter((packet) => packet >= 0),
    Array.from({ length: order.filter((packet) => packet >= 0).length }, (_, packet) => packet),
  );
  assert.ok(late < 25, `${late} ms later than wanted`);
  assert.equal(jitterBuffer.counters.dropped, 0);
});

test("packets of other lengths in between are played for as long as they are", () => {
  const jitterBuffer = buffer({ initialMs: 80 });
  const lengths = [20, 60, 10, 30, 20];
  let timestamp = 0;
  for (const [sequence, ms] of lengths.entries()) {
    jitterBuffer.push(7, sequence, timestamp, new Uint8Array(ms * 8), timestamp / 8);
    timestamp += ms * 8;
  }
  const played: number[] = [];
  for (let at = 82; played.length < lengths.length; at += played.at(-1) ?? 20) {
    const pulled = jitterBuffer.pull(at);
    assert.equal(pulled.kind, "frame");
    if (pulled.kind === "frame") played.push(pulled.ticks / 8);
  }
  assert.deepEqual(played, lengths);
});

test("packets that are no sound are not missing", () => {
  const jitterBuffer = buffer();
  jitterBuffer.push(7, 0, 0, payloadOf(0), 0);
  for (const event of [1, 2, 3]) jitterBuffer.passOver(7, event, ticks, event * packetMs);
  jitterBuffer.push(7, 4, 4 * ticks, payloadOf(4), 4 * packetMs);
  const order = Array.from({ length: 8 }, (_, turn) => numberOf(jitterBuffer.pull(60 + turn * packetMs)));
  assert.deepEqual(
    order.filter((packet) => packet !== -2),
    [0, 4],
  );
  assert.equal(jitterBuffer.counters.lost, 0);
});

test("a buffer that nobody pulls from keeps the newest packets and no more", () => {
  const jitterBuffer = buffer();
  for (let packet = 0; packet < 10_000; packet++) {
    jitterBuffer.push(7, packet & 0xffff, packet * ticks, payloadOf(packet), packet * packetMs);
  }
  assert.equal(jitterBuffer.size, 128);
  assert.equal(jitterBuffer.counters.dropped, 10_000 - 128);
});
