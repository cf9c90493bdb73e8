import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { decodeUlaw, encodeAlaw } from "@trapezoid/codec";
import { decodeRtcp } from "@trapezoid/rtp";
import { leakCheck } from "@trapezoid/testkit";
import type { MediaSession, StreamConfig } from "../src/index.ts";
import { sdesVariants } from "./keys.ts";
import { keys, listenTo, measure, openPair, opus, type Pair, pcma, pcmu } from "./rig.ts";
import type { Conditions } from "./virtual-datagrams.ts";

let pair: Pair;

afterEach(async () => {
  const opened: Pair | undefined = pair;
  if (opened === undefined) return;
  pair = undefined as never;
  await opened.close();
  await opened.clock.advanceAsync(500);
  leakCheck({ clock: opened.clock, counts: { sockets: opened.network.open } });
});

const of = ({ local }: MediaSession): string => `${local.address}:${local.port}`;

interface Case {
  readonly name: string;
  readonly conditions: Conditions;
  readonly config?: Partial<StreamConfig>;
  /** The least share of what is heard that is the tone, and the most frames made up, both 0 to 1. */
  readonly purity: number;
  readonly concealed: number;
  /** Share of packets that may come too late. */
  readonly late: number;
}

const gcm = sdesVariants.find(({ suite }) => suite === "AEAD_AES_128_GCM")!;

const cases: readonly Case[] = [
  { name: "10 % random loss", conditions: { loss: 0.1 }, purity: 0.97, concealed: 0.12, late: 0 },
  { name: "10 % loss in bursts of 4", conditions: { loss: 0.1, burst: 4 }, purity: 0.9, concealed: 0.12, late: 0 },
  { name: "100 ms of jitter", conditions: { delayMs: 20, jitterMs: 100 }, purity: 0.99, concealed: 0.02, late: 0.02 },
  { name: "10 % duplicates", conditions: { duplicate: 0.1, jitterMs: 60 }, purity: 0.99, concealed: 0.02, late: 0.02 },
  {
    name: "everything at once",
    conditions: { loss: 0.1, burst: 2, duplicate: 0.1, delayMs: 40, jitterMs: 80 },
    purity: 0.9,
    concealed: 0.18,
    late: 0.05,
  },
  {
    name: "everything at once, SRTP",
    conditions: { loss: 0.1, burst: 2, duplicate: 0.1, delayMs: 40, jitterMs: 80 },
    config: { sdes: gcm, rtcpMux: true },
    purity: 0.9,
    concealed: 0.18,
    late: 0.05,
  },
  {
    name: "everything at once, Opus",
    conditions: { loss: 0.1, burst: 2, duplicate: 0.1, delayMs: 40, jitterMs: 80 },
    config: { codecs: [opus] },
    purity: 0.85,
    concealed: 0.18,
    late: 0.05,
  },
];

for (const { name, conditions, config = {}, ...bounds } of cases) {
  test(`${name}, both ways: tones go on, and both ends count what the network did`, async () => {
    pair = await openPair({}, { seed: 21 });
    const { a, b, clock, network } = pair;
    await pair.configure(config);
    network.conditions = conditions;
    const truths = new Map([a, b].map((session) => [session, network.truth(of(session))]));
    await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
    await b.play({ kind: "sine", hz: 600, amplitude: 8_000 });
    // The buffer learns how late packets come.
    await clock.advanceAsync(5_000);
    const ears = [
      [a, 600, await listenTo(a)],
      [b, 400, await listenTo(b)],
    ] as const;
    const before = new Map([[a, await a.stats()] as const, [b, await b.stats()] as const]);
    await clock.advanceAsync(60_000);
    const sounds = ears.map(([session, hz, heard]) => [session, measure(heard(), hz)] as const);
    const jitter = new Map(
      await Promise.all([a, b].map(async (one) => [one, (await one.stats()).received.jitterMs] as const)),
    );
    // Nothing on its way: both sides know the same.
    network.conditions = {};
    await a.play({ kind: "silence" });
    await clock.advanceAsync(1_000);
    for (const [session, { purity, amplitude }] of sounds) {
      assert.ok(purity > bounds.purity, `${purity} of what is heard is the tone`);
      assert.ok(Math.abs(amplitude - 8_000) < 1_200, `it is as loud as ${amplitude}`);
      const truth = truths.get(session)!;
      const { received, refused } = await session.stats();
      const arrived = truth.sent - truth.lost;
      // SRTP drops what comes twice before it is counted.
      const isSecure = config.sdes !== undefined;
      // Of reports those that came twice are among them, too.
      const twice = received.duplicate + refused.replayed - truth.duplicated;
      assert.ok(twice >= 0 && twice <= (isSecure ? 6 : 0), `${twice} more came twice than in truth`);
      assert.equal(received.duplicate === 0, isSecure || truth.duplicated === 0);
      assert.ok(Math.abs(received.packets - received.duplicate - arrived) <= 2);
      assert.ok(Math.abs(received.lost - truth.lost) <= 2, `${received.lost} lost, ${truth.lost} in truth`);
      assert.ok(received.late <= bounds.late * truth.sent, `${received.late} of ${truth.sent} late`);
      const share = (received.lost + received.late) / truth.sent;
      assert.ok(Math.abs(received.lossShare - share) < 0.002, `${received.lossShare}, not ${share}`);
      const made = received.concealed - before.get(session)!.received.concealed;
      assert.ok(made <= bounds.concealed * 3_000, `${made} frames of 3,000 were made up`);
      const { jitterMs = 0 } = conditions;
      // Two packets' times of travel are a third of the range apart in the mean; those that are overtaken do not count.
      const measured = jitter.get(session)!;
      assert.ok(measured >= 0.12 * jitterMs && measured <= 0.4 * jitterMs + 1, `${measured} ms of jitter`);
      const wanted = conditions.burst === undefined ? 1 : conditions.burst * (1 - (conditions.loss ?? 0));
      if (conditions.jitterMs === undefined) {
        assert.ok(Math.abs(received.burstRatio / wanted - 1) < 0.3, `a burst ratio of ${received.burstRatio}`);
      }
    }
  });
}

test("what the other side reports is what this side lost on the way", async () => {
  pair = await openPair({}, { seed: 9 });
  const { a, b, clock, network } = pair;
  await pair.configure({ sdes: keys });
  const truth = network.truth(of(b));
  await a.play({ kind: "sine", hz: 400 });
  let reports = 0;
  for (let interval = 0; interval < 40; interval++) {
    network.conditions = { loss: 0.15, delayMs: 30 };
    await clock.advanceAsync(4_000);
    network.conditions = { delayMs: 30 };
    const { lost } = truth;
    await clock.advanceAsync(9_000);
    const { reported } = await a.stats();
    assert.equal(reported?.lost, lost);
    reports++;
  }
  assert.ok(truth.lost > 500 && reports === 40);
});

/** Rewrites what goes to a session, from now on. */
function rewrite(
  session: MediaSession,
  change: (octets: Uint8Array, view: DataView, index: number) => Uint8Array | undefined,
): void {
  let index = 0;
  pair.network.onSend = (octets, to) => {
    if (to !== of(session) || (octets[1]! >= 192 && octets[1]! <= 223)) return octets;
    const copy = Uint8Array.from(octets);
    return change(copy, new DataView(copy.buffer), index++) ?? copy;
  };
}

/** A tone from `a` to `b`; `change` sees each packet after a second. Heard is what sounds from `settleMs` after that. */
async function heardAfter(
  change: Parameters<typeof rewrite>[1],
  { settleMs = 200, ms = 2_000, config = {} }: { settleMs?: number; ms?: number; config?: Partial<StreamConfig> } = {},
): Promise<{ readonly purity: number; readonly concealed: number; readonly lost: number }> {
  pair = await openPair();
  const { a, b, clock } = pair;
  await pair.configure(config);
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(1_000);
  rewrite(b, change);
  await clock.advanceAsync(settleMs);
  const heard = await listenTo(b);
  const before = (await b.stats()).received;
  await clock.advanceAsync(ms);
  const { concealed, lost } = (await b.stats()).received;
  return {
    purity: measure(heard(), 400).purity,
    concealed: concealed - before.concealed,
    lost: lost - before.lost,
  };
}

const jumps: readonly (readonly [name: string, sequence: number, timestamp: number])[] = [
  ["a sender that begins anew with other numbers", 20_000, 123_456_789],
  ["a sender that begins anew with smaller numbers", -20_000, -123_456_789],
  ["timestamps that jump ahead by a second", 0, 8_000],
  ["timestamps that jump ahead by an hour", 0, 28_800_000],
  ["timestamps that fall back by half a second", 0, -4_000],
  ["timestamps that fall back by an hour", 0, -28_800_000],
  ["numbers that go on after a gap of 200", 200, 0],
];

for (const [name, sequence, timestamp] of jumps) {
  test(`${name}: the tone goes on within 200 ms (RFC 3550 §5.1, §A.1)`, async () => {
    const { purity, concealed, lost } = await heardAfter((_octets, view) => {
      view.setUint16(2, (view.getUint16(2) + sequence) & 0xffff);
      view.setUint32(4, (view.getUint32(4) + timestamp) >>> 0);
      return undefined;
    });
    assert.ok(purity > 0.97, `${purity}`);
    assert.deepEqual([concealed, lost], [0, 0]);
  });
}

test("another SSRC in the middle: the tone goes on within 200 ms, and what was lost before stays counted (RFC 3550 §8.2)", async () => {
  const lossy = await heardAfter(
    (_octets, view, index) => {
      if (index >= 100) view.setUint32(8, 0x1234_5678);
      return index < 100 && index % 10 === 0 ? new Uint8Array(0) : undefined;
    },
    { settleMs: 2_300 },
  );
  assert.ok(lossy.purity > 0.97);
  assert.equal(lossy.concealed, 0);
  const { received } = await pair.b.stats();
  assert.equal(received.lost, 10);
  assert.ok(received.lossShare > 0.03);
});

test("the other side with our SSRC: ours becomes another one, after a BYE, once (RFC 3550 §8.2)", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  await pair.configure();
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await b.play({ kind: "sine", hz: 600, amplitude: 8_000 });
  const seen = new Map<string, Set<number>>();
  let byes = 0;
  let mirror = false;
  let ssrcOfB = 0;
  network.onSend = (octets, to, from) => {
    const view = new DataView(octets.buffer, octets.byteOffset);
    if (octets[1]! >= 192 && octets[1]! <= 223) {
      const decoded = decodeRtcp(octets);
      if (decoded.ok && from.startsWith(b.local.address)) {
        byes += decoded.value.filter(({ type }) => type === "bye").length;
      }
      return octets;
    }
    if (from === of(b)) ssrcOfB = view.getUint32(8);
    seen.set(from, (seen.get(from) ?? new Set()).add(view.getUint32(8)));
    if (!mirror || to !== of(b)) return octets;
    const copy = Uint8Array.from(octets);
    new DataView(copy.buffer).setUint32(8, ssrcOfB);
    return copy;
  };
  await clock.advanceAsync(1_000);
  mirror = true;
  await clock.advanceAsync(3_000);
  assert.equal(seen.get(of(b))!.size, 2, "one change, though the other side follows it");
  assert.equal(byes, 1);
  const [heardByB, heardByA] = [await listenTo(b), await listenTo(a)];
  await clock.advanceAsync(20_000);
  assert.ok(measure(heardByB(), 400).purity > 0.97);
  assert.ok(measure(heardByA(), 600).purity > 0.97);
  const [atA, atB] = [await a.stats(), await b.stats()];
  assert.ok(Math.abs(atA.received.packets - atB.sent.packets) <= 2);
  assert.deepEqual([atA.reported!.lost, atB.reported!.lost], [0, 0]);
});

test("payload types that change again and again among those agreed on", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  await pair.configure({ codecs: [pcmu, pcma] });
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(1_000);
  for (let change = 0; change < 6; change++) {
    await a.configure({
      direction: "sendrecv",
      rtcpMux: false,
      codecs: change % 2 === 0 ? [pcma, pcmu] : [pcmu, pcma],
      remote: b.local,
    });
    await clock.advanceAsync(400);
    const heard = await listenTo(b);
    await clock.advanceAsync(1_000);
    assert.ok(measure(heard(), 400).purity > 0.97);
    assert.equal((await b.stats()).codec, change % 2 === 0 ? "PCMA" : "PCMU");
  }
  assert.equal((await b.stats()).received.lost, 0);
});

test("payload types that change from packet to packet are no loss, and when they end the tone goes on", async () => {
  const { lost } = await heardAfter(
    (octets, _view, index) => {
      if (index % 2 === 0 || index > 100) return undefined;
      const samples = new Int16Array(160);
      decodeUlaw(octets.subarray(12), samples);
      octets[1] = 8;
      encodeAlaw(samples, octets.subarray(12));
      return undefined;
    },
    { config: { codecs: [pcmu, pcma] } },
  );
  assert.equal(lost, 0);
  const heard = await listenTo(pair.b);
  await pair.clock.advanceAsync(1_000);
  assert.ok(measure(heard(), 400).purity > 0.97);
});

test("payload types that were not agreed on are no sound and no loss of the others", async () => {
  const { purity } = await heardAfter((octets, _view, index) => {
    if (index % 5 === 0) octets[1] = (octets[1]! & 0x80) | 77;
    return undefined;
  });
  assert.ok(purity > 0.9, `${purity}`);
  const { refused } = await pair.b.stats();
  assert.ok(refused.unknownPayload >= 20);
});

test("markers everywhere, header extensions, CSRCs and padding change nothing (RFC 3550 §5.1, §5.3.1)", async () => {
  const { purity, concealed, lost } = await heardAfter((octets, _view, index) => {
    octets[1]! |= 0x80;
    const kind = index % 3;
    const more = kind === 0 ? [0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0] : kind === 1 ? [0, 0, 0, 1, 0, 0, 0, 2] : [];
    octets[0]! |= kind === 0 ? 0x10 : kind === 1 ? 2 : 0x20;
    const padding = kind === 2 ? [0, 0, 0, 4] : [];
    return Uint8Array.from([...octets.subarray(0, 12), ...more, ...octets.subarray(12), ...padding]);
  });
  assert.ok(purity > 0.97, `${purity}`);
  assert.deepEqual([concealed, lost], [0, 0]);
});

test("a codec's packets of any length, empty ones too, end no call", async () => {
  await heardAfter((octets, _view, index) => (index < 60 ? octets.slice(0, 12 + ((index * 37) % 161)) : undefined));
  const { b, clock } = pair;
  const heard = await listenTo(b);
  await clock.advanceAsync(1_000);
  assert.ok(measure(heard(), 400).purity > 0.97);
});
