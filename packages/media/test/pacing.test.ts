import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRtp } from "@trapezoid/rtp";
import { createFakeClock, createRandom, leakCheck } from "@trapezoid/testkit";
import { createMediaEngine, type StreamConfig } from "../src/index.ts";
import { listenTo, measure, pcmu } from "./rig.ts";
import { virtualDatagrams } from "./virtual-datagrams.ts";

const call: Omit<StreamConfig, "remote"> = { direction: "sendrecv", rtcpMux: true, codecs: [pcmu] };

interface Sent {
  readonly at: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
}

/** A sender whose timers come late, and what it sends. */
async function rig(lateMs: () => number) {
  const clock = createFakeClock();
  const network = virtualDatagrams(clock);
  const late = { now: clock.now, after: (ms: number, run: () => void) => clock.after(ms + lateMs(), run) };
  const sending = createMediaEngine({ address: "192.0.2.1" }, { clock: late, bind: network.bind });
  const receiving = createMediaEngine({ address: "192.0.2.2" }, { clock, bind: network.bind });
  const [a, b] = [await sending.open(), await receiving.open()];
  const sent: Sent[] = [];
  network.onSend = (octets, to) => {
    const packet = decodeRtp(octets);
    if (packet.ok && packet.value.payloadType === 0 && to === `${b.local.address}:${b.local.port}`) {
      const { sequence, timestamp, marker } = packet.value;
      sent.push({ at: clock.now(), sequence, timestamp, marker });
    }
    return octets;
  };
  await a.configure({ ...call, remote: b.local });
  await b.configure({ ...call, remote: a.local });
  await a.play({ kind: "sine", hz: 400, amplitude: 8_000 });
  const close = async (): Promise<void> => {
    await sending.close();
    await receiving.close();
    clock.advance(200);
    leakCheck({ clock, counts: { sockets: network.open } });
  };
  return { clock, sent, sending, a, b, close };
}

test("five minutes with late wake-ups: packets each 20 ms by the clock, none missing, none too many, timestamps of that clock", async () => {
  const random = createRandom(5);
  const { clock, sent, b, close } = await rig(() => random() * 12);
  await clock.advanceAsync(300_000);
  assert.ok(Math.abs(sent.length - 15_000) <= 1, `${sent.length}`);
  const [first] = sent;
  sent.forEach(({ at, sequence, timestamp, marker }, index) => {
    assert.equal((sequence - first!.sequence) & 0xffff, index & 0xffff);
    assert.equal((timestamp - first!.timestamp) >>> 0, index * 160);
    assert.equal(marker, index === 0);
    // Lateness of the first and of this one: no more, however long it goes on.
    assert.ok(Math.abs(at - first!.at - index * 20) <= 18, `packet ${index} at ${at - first!.at}`);
  });
  const { received } = await b.stats();
  assert.deepEqual([received.lost, received.concealed], [0, 0]);
  await close();
});

test("a stop of 150 ms is made up for; one of a second leaves frames out, and timestamps say so (RFC 3550 §5.1)", async () => {
  const { clock, sent, sending, b, close } = await rig(() => 0);
  await clock.advanceAsync(2_000);
  clock.jump(150);
  await clock.advanceAsync(850);
  const made = sent.length;
  assert.ok(Math.abs(made - 150) <= 1, `${made} packets in 3 s`);
  clock.jump(1_000);
  await clock.advanceAsync(1_000);
  assert.ok(sent.length - made < 65, `${sent.length - made} packets in the 2 s around the stop`);
  assert.ok((await sending.stats()).skippedFrames >= 45);
  const gap = sent.findIndex(({ marker }, index) => index > 0 && marker);
  assert.ok(gap > 0, "a gap begins a talk spurt");
  const elapsed = (sent.at(-1)!.timestamp - sent[0]!.timestamp) >>> 0;
  assert.ok(Math.abs(elapsed / 8 - (sent.at(-1)!.at - sent[0]!.at)) <= 20, `${elapsed / 8} ms`);
  const heard = await listenTo(b);
  await clock.advanceAsync(1_000);
  assert.ok(measure(heard(), 400).purity > 0.97);
  await close();
});
