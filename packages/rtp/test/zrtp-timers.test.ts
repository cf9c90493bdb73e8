import assert from "node:assert/strict";
import { test } from "node:test";
import { canTalk, connect, type Link, run } from "./zrtp-link.ts";

/** When `a` sent such messages, in milliseconds from the start. */
function timesOf(link: Link, type: string): number[] {
  const startedAt = link.clock.now();
  const times: number[] = [];
  const { deliver } = link.a;
  link.a.deliver = (packet) => {
    if (link.a.sent.at(-1) === type) times.push(link.clock.now() - startedAt);
    deliver(packet);
  };
  return times;
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - times[index]!);
}

const nobody = { onPacket: () => [] };

test("Hello goes out again after 50, 100 and then each 200 ms, 20 times, 3.75 seconds in all (RFC 6189 §6)", async () => {
  const link = connect({}, {}, nobody);
  const times = timesOf(link, "Hello");
  link.a.start();
  await link.clock.advanceAsync(60_000);
  assert.deepEqual(gaps(times), [50, 100, ...Array.from({ length: 18 }, () => 200)]);
  assert.equal(times.at(-1), 3_750);
  assert.equal(link.a.engine.state, "silent");
  assert.equal(link.a.told("silent").length, 1);
  assert.equal(link.clock.pending, 0);
});

test("where the other side is known to speak ZRTP, Hello goes on for twelve seconds (RFC 6189 §6)", async () => {
  const link = connect({}, {}, nobody);
  const times = timesOf(link, "Hello");
  link.a.do(link.a.engine.announce(link.b.engine.helloHash));
  link.a.start();
  await link.clock.advanceAsync(60_000);
  assert.ok(times.at(-1)! >= 12_000 && times.at(-1)! < 12_500, `${times.at(-1)}`);

  // A Hello of the other side says so, too.
  const heard = connect(
    {},
    {},
    { onPacket: (packet, type, from) => (from.ssrc === 22 && type === "Hello" ? [packet] : []) },
  );
  const heardTimes = timesOf(heard, "Hello");
  await run(heard, 60_000);
  assert.ok(heardTimes.at(-1)! >= 12_000);
});

for (const [type, lost] of [
  ["Commit", "DHPart1"],
  ["DHPart2", "Confirm1"],
  ["Confirm2", "Conf2ACK"],
] as const) {
  test(`${type} goes out again after 150, 300, 600 and then each 1,200 ms, ten times with the same octets, then it fails (RFC 6189 §6)`, async () => {
    const link = connect({}, { passive: true }, { onPacket: (packet, of) => (of === lost ? [] : [packet]) });
    const times = timesOf(link, type);
    await run(link, 60_000);
    assert.deepEqual(gaps(times), [150, 300, 600, ...Array.from({ length: 7 }, () => 1_200)]);
    const messages = link.a.packets
      .filter((_, index) => link.a.sent[index] === type)
      .map((packet) => Buffer.from(packet.subarray(12, -4)).toString("hex"));
    assert.equal(new Set(messages).size, 1);
    // The answer to each of them is the same, too.
    const answers = link.b.packets
      .filter((_, index) => link.b.sent[index] === lost)
      .map((packet) => Buffer.from(packet.subarray(12, -4)).toString("hex"));
    assert.equal(answers.length, 11);
    assert.equal(new Set(answers).size, 1);
    assert.equal(link.a.told("failed")[0]?.failure.kind, "timeout");
    assert.equal(link.a.told("failed")[0]?.failure.code, 0xb0);
    assert.equal(link.clock.pending, 0);
  });
}

test("a responder that hears nothing for ten seconds gives up with an Error (RFC 6189 §6)", async () => {
  const link = connect({}, { passive: true }, { onPacket: (packet, type) => (type === "DHPart2" ? [] : [packet]) });
  link.a.start();
  link.b.start();
  await link.clock.advanceAsync(200);
  assert.equal(link.b.engine.state, "responding");
  // The initiator is gone.
  link.a.do(link.a.engine.close());
  await link.clock.advanceAsync(9_500);
  assert.equal(link.b.engine.state, "responding");
  await link.clock.advanceAsync(1_000);
  assert.equal(link.b.told("failed")[0]?.failure.kind, "timeout");
  await link.clock.advanceAsync(60_000);
  assert.equal(link.b.sent.filter((type) => type === "Error").length, 11);
  assert.equal(link.b.engine.state, "failed");
  assert.equal(link.clock.pending, 0);
});

test("a Hello that comes after all is answered, and a late Commit is taken (RFC 6189 §6)", async () => {
  const link = connect({}, {});
  link.a.start();
  await link.clock.advanceAsync(10_000);
  assert.equal(link.a.engine.state, "silent");
  link.b.start();
  await link.clock.advanceAsync(2_000);
  assert.ok(canTalk(link));
});

test("one whose HelloACK came and whose Hello did not is waited for no longer than twelve seconds", async () => {
  const link = connect({}, {}, { onPacket: (packet, type) => (type === "HelloACK" ? [packet] : []) });
  link.a.start();
  link.b.start();
  await link.clock.advanceAsync(30);
  link.a.receive(ackFrom(link));
  await link.clock.advanceAsync(60_000);
  assert.equal(link.a.engine.state, "silent");
  assert.equal(link.a.sent.filter((type) => type === "Hello").length, 1);
});

/** What `b` says to a Hello. */
function ackFrom(link: Link): Uint8Array {
  link.b.receive(link.a.packets[0]!);
  return link.b.packets.at(-1)!;
}

test("over links that lose, delay and reorder, both sides come to the same keys (RFC 6189 §6)", async () => {
  let secured = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const loss = 0.05 * (1 + (seed % 7));
    const link = connect({ seed }, { seed: seed + 1_000 }, { seed, loss, delayMs: 20, jitterMs: 150 });
    await run(link, 60_000);
    const [a, b] = [link.a.engine, link.b.engine];
    if (a.state === "secure" && b.state === "secure") {
      secured++;
      assert.equal(a.security!.sas, b.security!.sas, `seed ${seed}`);
      assert.ok(canTalk(link), `seed ${seed}`);
    } else {
      // With every third packet lost a schedule may be exhausted: then it is said, and nobody believes otherwise for long.
      assert.ok(loss > 0.2, `seed ${seed}: ${a.state}, ${b.state}`);
      assert.ok(link.a.told("failed").length + link.b.told("failed").length > 0, `seed ${seed}`);
    }
    assert.equal(link.clock.pending, 0, `seed ${seed}`);
  }
  assert.ok(secured >= 57, `${secured} of 60`);
});

test("packets that come twice or late change nothing", async () => {
  const seen: Uint8Array[] = [];
  const link = connect(
    {},
    {},
    {
      onPacket: (packet) => {
        seen.push(packet);
        return [packet, packet, ...seen.slice(0, 3)];
      },
    },
  );
  await run(link, 5_000);
  assert.ok(canTalk(link));
  assert.equal(link.a.told("secured").length, 1);
  assert.equal(link.b.told("secured").length, 1);
  for (const packet of seen) {
    link.a.receive(packet);
    link.b.receive(packet);
  }
  await link.clock.advanceAsync(20_000);
  assert.equal(link.a.engine.state, "secure");
  assert.equal(link.b.engine.state, "secure");
  assert.equal(link.a.told("failed").length + link.b.told("failed").length, 0);
});
