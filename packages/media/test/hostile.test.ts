import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { encodeRtcp, encodeRtp, encodeTelephoneEvent } from "@trapezoid/rtp";
import { createFakeClock, createRandom, createRandomOctets, leakCheck } from "@trapezoid/testkit";
import { createMediaEngine, type StreamConfig } from "../src/index.ts";
import { g722, keys, listenTo, measure, openPair, opus, type Pair, pcmu } from "./rig.ts";
import { virtualDatagrams } from "./virtual-datagrams.ts";

let pair: Pair;

// Where all files share a process, this runs after the tests of the others, too.
afterEach(async () => {
  const opened: Pair | undefined = pair;
  if (opened === undefined) return;
  pair = undefined as never;
  await opened.close();
  await opened.clock.advanceAsync(500);
  leakCheck({ clock: opened.clock, counts: { sockets: opened.network.open } });
});

async function hear(ms: number, least: number, hz = 400): Promise<void> {
  const heard = await listenTo(pair.b);
  await pair.clock.advanceAsync(ms);
  const { purity } = measure(heard(), hz);
  assert.ok(purity >= least, `${purity} of what is heard is the tone`);
}

const rtp = (sequence: number, ssrc: number, payloadType = 0): Uint8Array =>
  encodeRtp({ payloadType, sequence, timestamp: sequence * 160, ssrc, payload: new Uint8Array(160).fill(0x2a) });

for (const sdes of [undefined, keys]) {
  test(`garbage on both ports, ${sdes === undefined ? "plain" : "SRTP"}: refused, counted, and the tone goes on`, async () => {
    pair = await openPair();
    const { a, b, clock, network } = pair;
    await pair.configure({ sdes });
    await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
    await clock.advanceAsync(500);
    const random = createRandom(7);
    const octets = createRandomOctets(8);
    const from = [a.local.address, a.local.port] as const;
    for (let packet = 0; packet < 2_000; packet++) {
      const garbage = octets(Math.floor(random() * 300));
      if (garbage.length > 1 && packet % 2 === 0) garbage[0] = 0x80 | (garbage[0]! & 0x3f);
      network.inject(garbage, from, [b.local.address, b.local.port]);
      network.inject(garbage, from, [b.localRtcp.address, b.localRtcp.port]);
    }
    await clock.advanceAsync(10);
    const { refused } = await b.stats();
    assert.ok(refused.notRtp > 1_000);
    assert.ok(refused.malformed + refused.unauthentic + refused.unknownPayload + refused.malformedRtcp > 1_000);
    await hear(2_000, 0.97);
  });
}

test("a stranger sprays valid packets at the port: none is heard, none is answered (RTP bleed)", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  await pair.configure();
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(300);
  let toStranger = 0;
  network.onSend = (octets, to) => {
    if (to.startsWith("203.0.113.66")) toStranger++;
    return octets;
  };
  const to = [b.local.address, b.local.port] as const;
  const timer = setIntervalOf(clock, 5, (turn) => network.inject(rtp(turn, 0xbad), ["203.0.113.66", 9_999], to));
  await hear(3_000, 0.97);
  timer[Symbol.dispose]();
  assert.equal(toStranger, 0);
  assert.ok((await b.stats()).refused.foreign > 500);
});

test("a second stream from the right place is left out while the first goes on", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  await pair.configure();
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(300);
  const to = [b.local.address, b.local.port] as const;
  const timer = setIntervalOf(clock, 35, (turn) =>
    network.inject(rtp(turn, 0xbad), [a.local.address, a.local.port], to),
  );
  await hear(2_000, 0.97);
  timer[Symbol.dispose]();
  assert.ok((await b.stats()).refused.otherSource > 40);
});

test("another SSRC takes over when the first one has ended (RFC 3550 §8.2)", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  await pair.configure();
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(1_000);
  network.onSend = (octets, to) => {
    if (!to.endsWith(`:${b.local.port}`)) return octets;
    const changed = Uint8Array.from(octets);
    new DataView(changed.buffer).setUint32(8, 0x1234_5678);
    return changed;
  };
  await clock.advanceAsync(300);
  await hear(1_000, 0.97);
});

test("packets under another key are refused, and the call is what it was", async () => {
  pair = await openPair();
  const { a, b, clock } = pair;
  const wrong = { ...keys, localKeySalt: Buffer.alloc(30, 9).toString("base64") };
  await pair.configure({ sdes: keys });
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(500);
  await a.configure({ direction: "sendrecv", rtcpMux: false, codecs: [pcmu], remote: b.local, sdes: wrong });
  await clock.advanceAsync(1_000);
  const { refused, received } = await b.stats();
  assert.ok(refused.unauthentic > 40);
  assert.ok(received.packets < 30);
  await a.configure({ direction: "sendrecv", rtcpMux: false, codecs: [pcmu], remote: b.local, sdes: keys });
});

test("replayed packets are refused and not heard (RFC 3711 §3.3.2)", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  const seen: Uint8Array[] = [];
  network.onSend = (octets, to) => {
    if (to.endsWith(`:${b.local.port}`)) seen.push(octets);
    return octets;
  };
  await pair.configure({ sdes: keys });
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  await clock.advanceAsync(1_000);
  // A re-INVITE with the same keys must not forget what was seen.
  await pair.configure({ sdes: keys });
  for (const octets of [...seen]) {
    network.inject(octets, ["203.0.113.66", 9_999], [b.local.address, b.local.port]);
  }
  await clock.advanceAsync(10);
  const { refused, remote } = await b.stats();
  assert.ok(refused.replayed >= 48, `${refused.replayed}`);
  assert.deepEqual(remote, a.local, "a replay moves no media");
});

for (const [name, codec] of Object.entries({ pcmu, g722, opus })) {
  test(`${name}: 10 % loss, 100 ms of jitter and reordering: the tone goes on, and the figures are right`, async () => {
    pair = await openPair({}, { seed: 5 });
    const { a, b, clock, network } = pair;
    network.conditions = { loss: 0.1, delayMs: 20, jitterMs: 100 };
    await pair.configure({ codecs: [codec] });
    await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
    await clock.advanceAsync(5_000);
    const heard = await listenTo(b);
    await clock.advanceAsync(20_000);
    const { purity, amplitude } = measure(heard(), 400);
    assert.ok(purity > 0.9, `${purity}`);
    assert.ok(amplitude > 6_800 && amplitude < 8_800, `${amplitude}`);
    const { received, buffer, quality } = await b.stats();
    const lost = received.lost / (received.lost + received.packets);
    assert.ok(Math.abs(lost - 0.1) < 0.025, `${lost} lost`);
    assert.ok(received.late / received.packets < 0.04, `${received.late} late`);
    assert.ok(received.jitterMs > 10 && received.jitterMs < 50, `${received.jitterMs} ms`);
    assert.ok(buffer.targetMs > 80 && buffer.targetMs < 115, `${buffer.targetMs} ms`);
    assert.ok(quality.mos > 1.5 && quality.mos < 3.9, `${quality.mos}`);
  });
}

for (const ppm of [-200, 200]) {
  test(`two clocks that are ${ppm} ppm apart, for minutes: the delay stays, tones go on both ways`, async () => {
    const clock = createFakeClock();
    const network = virtualDatagrams(clock);
    const startAt = clock.now();
    const speed = 1 + ppm / 1e6;
    const skewed = {
      now: () => startAt + (clock.now() - startAt) * speed,
      after: (ms: number, run: () => void) => clock.after(ms / speed, run),
    };
    const sending = createMediaEngine({ address: "192.0.2.1" }, { clock: skewed, bind: network.bind });
    const receiving = createMediaEngine({ address: "192.0.2.2" }, { clock, bind: network.bind });
    const a = await sending.open();
    const b = await receiving.open();
    pair = { clock, network, engine: sending, a, b, configure: async () => {}, close: () => sending.close() };
    const config: Omit<StreamConfig, "remote"> = { direction: "sendrecv", rtcpMux: true, codecs: [pcmu] };
    await a.configure({ ...config, remote: b.local });
    await b.configure({ ...config, remote: a.local });
    await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
    await b.play({ kind: "sine", hz: 600, amplitude: 8_000 });
    const ears = [
      [b, 400, await listenTo(b)],
      [a, 600, await listenTo(a)],
    ] as const;
    await clock.advanceAsync(5_000);
    const before = await Promise.all(ears.map(async ([session]) => (await session.stats()).received));
    await clock.advanceAsync(300_000);
    for (const [index, [session, hz, heard]] of ears.entries()) {
      const { purity, amplitude } = measure(heard().subarray(8_000), hz);
      assert.ok(purity > 0.98, `${purity}`);
      assert.ok(Math.abs(amplitude - 8_000) < 200, `${amplitude}`);
      const { buffer, received } = await session.stats();
      assert.ok(buffer.delayMs < 60, `${buffer.delayMs} ms`);
      const { dropped, concealed, late, lost } = received;
      assert.deepEqual(
        [dropped - before[index]!.dropped, concealed - before[index]!.concealed, late, lost],
        [0, 0, 0, 0],
        "periods are left out or said twice",
      );
    }
    await receiving.close();
  });
}

test("a description that names ports which there are not silences reports, and stops nothing (RFC 3605 §2.1)", async () => {
  await using engine = createMediaEngine({ address: "127.0.0.1" });
  const [teller, listener] = [await engine.open(), await engine.open()];
  const config = { direction: "sendrecv", rtcpMux: false, codecs: [pcmu] } as const;
  await listener.configure({ ...config, remote: teller.local });
  // Real sockets: theirs throw at such a port. The BYE of a close is sent at once.
  for (const port of [0, 65_536, 99_999]) {
    const session = await engine.open();
    await session.configure({ ...config, remote: listener.local, remoteRtcp: { address: "127.0.0.1", port } });
    await session.close();
  }
  assert.equal((await engine.stats()).sessions, 2);
});

test("RTCP of a stranger ends nobody's call", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  let bye = 0;
  b.events.on("bye", () => bye++);
  let ssrc = 0;
  network.onSend = (octets) => {
    ssrc = new DataView(octets.buffer, octets.byteOffset).getUint32(8);
    return octets;
  };
  await pair.configure();
  await a.play({ kind: "sine", hz: 400 });
  await clock.advanceAsync(300);
  const octets = encodeRtcp([
    { type: "rr", ssrc, reports: [] },
    { type: "bye", ssrcs: [ssrc] },
  ]);
  network.inject(octets, ["203.0.113.66", 9_999], [b.localRtcp.address, b.localRtcp.port]);
  await clock.advanceAsync(10);
  assert.equal(bye, 0);
});

test("digits of another source are heard, whatever its timestamps (RFC 4733 §2.5.2, RFC 3550 §8.2)", async () => {
  pair = await openPair();
  const { a, b, clock, network } = pair;
  const digits: string[] = [];
  b.events.on("digit", (digit) => digits.push(digit));
  await pair.configure();
  const digit = (event: number, sequence: number, timestamp: number, ssrc: number): Uint8Array =>
    encodeRtp({
      payloadType: 101,
      sequence,
      timestamp,
      ssrc,
      payload: encodeTelephoneEvent({ event, end: true, volume: 10, duration: 800 }),
    });
  const from = [a.local.address, a.local.port] as const;
  const to = [b.local.address, b.local.port] as const;
  network.onSend = () => undefined;
  network.inject(digit(1, 10, 900_000, 0xa), from, to);
  await clock.advanceAsync(500);
  // A server that plays music lets somebody else speak, who counts from elsewhere.
  network.inject(digit(2, 20, 80_000, 0xb), from, to);
  await clock.advanceAsync(500);
  assert.deepEqual(digits, ["1", "2"]);
});

function setIntervalOf(clock: Pair["clock"], ms: number, run: (turn: number) => void): Disposable {
  let turn = 0;
  let timer: Disposable;
  const again = (): void => {
    run(turn++);
    timer = clock.after(ms, again);
  };
  timer = clock.after(ms, again);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
