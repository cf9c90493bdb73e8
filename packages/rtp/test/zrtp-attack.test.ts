import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, createRandomOctets } from "@trapezoid/testkit";
import { encodeError } from "../src/zrtp/notices.ts";
import { decodeZrtpPacket, encodeZrtpPacket } from "../src/zrtp/packet.ts";
import { canTalk, connect, type Link, type LinkOptions, only, type Party, run } from "./zrtp-link.ts";

/** The packet with its message changed and a CRC that is right again. */
function changed(packet: Uint8Array, change: (message: Uint8Array) => Uint8Array | undefined): Uint8Array {
  const decoded = decodeZrtpPacket(packet);
  assert.ok(decoded.ok);
  const { sequence, ssrc, message } = decoded.value;
  const copy = message.slice();
  return encodeZrtpPacket(sequence, ssrc, change(copy) ?? copy);
}

function flipped(packet: Uint8Array, at: number): Uint8Array {
  return changed(packet, (message) => {
    message[at]! ^= 0x20;
    return undefined;
  });
}

/** One in the middle changes each message of that type, of that side. */
function tampering(type: string, change: (packet: Uint8Array) => Uint8Array, ssrc?: number): LinkOptions {
  return {
    onPacket: (packet, of, from) => (of === type && from.ssrc === (ssrc ?? from.ssrc) ? [change(packet)] : [packet]),
  };
}

function failures(...parties: readonly Party[]): string[] {
  return parties.flatMap((party) =>
    party.told("failed").map(({ failure }) => `${failure.kind} ${failure.code.toString(16)}`),
  );
}

function neverSecure(link: Link, what: string): void {
  assert.equal(link.a.told("secured").length, 0, what);
  assert.equal(link.b.told("secured").length, 0, what);
  // Nothing of it is remembered (§4.7.1).
  assert.equal(link.a.told("remember").length + link.b.told("remember").length, 0, what);
}

for (const type of ["Hello", "Commit", "DHPart1", "DHPart2", "Confirm1"]) {
  test(`no octet of a ${type} can be changed on its way without somebody noticing before the stream is secure (RFC 6189 §8.1.1, §9)`, async () => {
    const length = { Hello: 88, Commit: 116, DHPart1: 116, DHPart2: 116, Confirm1: 76 }[type]!;
    for (let at = 12; at < length; at += 5) {
      const link = connect(
        {},
        { passive: true },
        tampering(type, (packet) => flipped(packet, at)),
      );
      await run(link, 30_000);
      neverSecure(link, `octet ${at}`);
    }
  });
}

test("a Confirm2 that was changed makes nobody but its sender believe, and not for long (RFC 6189 §4.6)", async () => {
  for (let at = 12; at < 76; at += 5) {
    const link = connect(
      {},
      { passive: true },
      tampering("Confirm2", (packet) => flipped(packet, at)),
    );
    await run(link, 30_000);
    neverSecure(link, `octet ${at}`);
    // The MAC covers what is sealed; another initialization vector makes another H0 of it (§9).
    const code = at >= 20 && at < 36 ? "20" : "70";
    assert.deepEqual(failures(link.b), [`tampered ${code}`]);
    assert.deepEqual(failures(link.a), [`peer ${code}`]);
  }
});

test("each message's MAC is checked as soon as its key has come (RFC 6189 §8.1.1)", async () => {
  // Octets that nothing before Confirm would miss: names of clients, the MAC itself.
  for (const [type, at, ssrc, noticed, notSent] of [
    ["Hello", 20, 11, "b", "DHPart1"],
    ["Hello", 20, 22, "a", "DHPart2"],
    ["Commit", 110, 11, "b", "Confirm1"],
  ] as const) {
    const link = connect(
      {},
      { passive: true },
      tampering(type, (packet) => flipped(packet, at), ssrc),
    );
    const party = noticed === "a" ? link.a : link.b;
    await run(link, 30_000);
    assert.deepEqual(failures(party), ["tampered 20"], `${type} of ${ssrc}`);
    assert.ok(!party.sent.includes(notSent));
  }
});

test("algorithms cannot be taken out of a Hello: the bid-down is noticed (RFC 6189 §4.4.1.1, §8.1.1)", async () => {
  const algorithms = only({ agreements: ["EC38", "DH2k"], hashes: ["S384", "S256"] });
  // EC38 in both Hellos becomes something that nobody knows, so that DH2k remains.
  const weaker = (packet: Uint8Array): Uint8Array => {
    const at = Buffer.from(packet).indexOf("EC38");
    return changed(packet, (message) => {
      message.set(Buffer.from("EC99"), at - 12);
      return undefined;
    });
  };
  const link = connect({ algorithms }, { algorithms, passive: true }, tampering("Hello", weaker));
  await run(link, 30_000);
  neverSecure(link, "both");
  assert.deepEqual(failures(link.b), ["tampered 20"]);
  for (const ssrc of [11, 22]) {
    const one = connect({ algorithms }, { algorithms }, tampering("Hello", weaker, ssrc));
    await run(one, 30_000);
    neverSecure(one, `of ${ssrc}`);
    assert.ok(failures(one.a, one.b).some((text) => text.startsWith("tampered")));
  }
});

test("one in the middle with a key of his own is caught by the commitment (RFC 6189 §4.4.1.2)", async () => {
  const other = connect({ seed: 77 }, { seed: 78, passive: true });
  await run(other);
  const theirs = other.a.packets[other.a.sent.indexOf("DHPart2")]!.subarray(12 + 76, 12 + 108);
  const swap = (packet: Uint8Array): Uint8Array =>
    changed(packet, (message) => {
      message.set(theirs, 76);
      return undefined;
    });
  const link = connect({}, { passive: true }, tampering("DHPart2", swap));
  await run(link, 30_000);
  neverSecure(link, "swapped");
  assert.deepEqual(failures(link.b), ["tampered 62"]);
});

test("a public value that must not be used ends it (RFC 6189 §4.4.1.3, §5.9)", async () => {
  const algorithms = only({ agreements: ["DH3k"] });
  for (const value of [0, 1]) {
    const weak = (packet: Uint8Array): Uint8Array =>
      changed(packet, (message) => {
        message.fill(0, 76, 76 + 384);
        message[76 + 383] = value;
        return undefined;
      });
    const link = connect({ algorithms }, { algorithms, passive: true }, tampering("DHPart1", weak));
    await run(link, 30_000);
    neverSecure(link, `${value}`);
    assert.deepEqual(failures(link.a), ["tampered 61"]);
    assert.deepEqual(failures(link.b), ["peer 61"]);
  }
});

test("false packets with wrong hash preimages are passed over and the exchange goes on (RFC 6189 §9)", async () => {
  const random = createRandomOctets(5);
  // Somebody who sees nothing: each packet is preceded by one of the same kind with another preimage.
  const link = connect(
    {},
    {},
    {
      onPacket: (packet, type) => {
        if (type !== "Commit" && type !== "DHPart1" && type !== "DHPart2") return [packet];
        const forged = changed(packet, (message) => {
          message.set(random(32), 12);
          return undefined;
        });
        return [forged, packet];
      },
    },
  );
  await run(link, 30_000);
  assert.ok(canTalk(link));
  assert.ok(link.a.engine.counters.refused + link.b.engine.counters.refused >= 2);
});

test("packets of another source are passed over (RFC 6189 §5)", async () => {
  const link = connect(
    {},
    {},
    {
      onPacket: (packet) => {
        const decoded = decodeZrtpPacket(packet);
        assert.ok(decoded.ok);
        return [encodeZrtpPacket(9, 99, encodeError(0x10)), packet];
      },
    },
  );
  link.a.start();
  link.b.start();
  // The very first packet may come from anybody; from the Hello on there is a source.
  link.a.receive(link.b.packets[0]!);
  link.b.receive(link.a.packets[0]!);
  await link.clock.advanceAsync(5_000);
  assert.ok(canTalk(link));
});

test("an Error ends what is under way, with its code, and no stream that is secure (RFC 6189 §4.7.1)", async () => {
  const link = connect({}, {});
  await run(link);
  const error = encodeZrtpPacket(1, link.b.ssrc, encodeError(0x10));
  link.a.receive(error);
  assert.equal(link.a.engine.state, "secure");
  assert.equal(link.a.sent.at(-1), "ErrorACK");

  const early = connect({}, {}, { onPacket: (packet, type) => (type === "DHPart1" ? [] : [packet]) });
  early.a.start();
  early.b.start();
  await early.clock.advanceAsync(100);
  early.a.receive(encodeZrtpPacket(1, early.b.ssrc, encodeError(0xa0)));
  assert.deepEqual(failures(early.a), ["peer a0"]);
  assert.equal(early.a.sent.at(-1), "ErrorACK");
});

test("the Hello that the signalling announced is the only one that is taken (RFC 6189 §8.1)", async () => {
  const stranger = connect({ seed: 99 }, {});
  stranger.a.start();
  const falseHello = stranger.a.packets[0]!;
  const link = connect({}, {});
  link.a.do(link.a.engine.announce(link.b.engine.helloHash.toUpperCase()));
  link.a.start();
  link.a.receive(falseHello);
  assert.deepEqual(link.a.warnings, ["helloHash"]);
  link.b.start();
  await link.clock.advanceAsync(5_000);
  assert.ok(canTalk(link));
  assert.equal(link.a.engine.security!.announced, true);
  assert.equal(link.b.engine.security!.announced, false);
});

test("a hash that comes after a false Hello brings the exchange back to the right one (RFC 6189 §8.1)", async () => {
  const link = connect({}, {}, { onPacket: () => [] });
  const stranger = connect({ seed: 99 }, {});
  stranger.a.start();
  link.a.start();
  link.a.receive(stranger.a.packets[0]!);
  link.a.do(link.a.engine.announce(link.b.engine.helloHash));
  assert.deepEqual(link.a.warnings, ["helloHash"]);
  link.a.deliver = (packet) => link.b.receive(packet);
  link.b.deliver = (packet) => link.clock.after(10, () => link.a.receive(packet));
  link.b.start();
  await link.clock.advanceAsync(20_000);
  assert.ok(canTalk(link));
  assert.equal(link.a.engine.security!.announced, true);
});

test("a hash that comes when the stream is secure ends nothing, but is told", async () => {
  const link = connect({}, {});
  await run(link);
  link.a.do(link.a.engine.announce(link.b.engine.helloHash));
  assert.equal(link.a.engine.security!.announced, true);
  link.a.do(link.a.engine.announce(`1.10 ${"0".repeat(64)}`));
  assert.equal(link.a.engine.security!.announced, false);
  assert.deepEqual(link.a.warnings, ["helloHash"]);
  // Of a version that says nothing about this one.
  link.b.do(link.b.engine.announce(`2.00 ${"0".repeat(64)}`));
  assert.deepEqual(link.b.warnings, []);
});

test("equal ZIDs and equal SSRCs are errors (RFC 6189 §4.1, §5.9)", async () => {
  const zid = new Uint8Array(12).fill(4);
  const equal = connect({ zid }, { zid });
  await run(equal);
  assert.ok(failures(equal.a).includes("refused 90"));
  const echo = connect({ seed: 5 }, { seed: 6 });
  echo.a.start();
  echo.b.do(echo.b.engine.start(5));
  await echo.clock.advanceAsync(2_000);
  assert.ok(failures(echo.a).includes("refused 91"));
  neverSecure(echo, "collision");
});

/** A Hello of another version, with its MAC left as it is. */
function ofVersion(version: string): LinkOptions {
  return tampering(
    "Hello",
    (packet) =>
      changed(packet, (message) => {
        message.set(Buffer.from(version), 12);
        return undefined;
      }),
    11,
  );
}

test("a lower version is an error, a higher one is acknowledged and waited out, the last character means nothing (RFC 6189 §4.1.1)", async () => {
  const lower = connect({}, {}, ofVersion("1.00"));
  await run(lower, 3_000);
  assert.deepEqual(failures(lower.b), ["refused 30"]);
  const higher = connect({}, {}, ofVersion("2.00"));
  await run(higher, 3_000);
  assert.ok(higher.b.sent.includes("HelloACK"));
  assert.deepEqual(failures(higher.b), []);
  neverSecure(higher, "higher");
  // Another last character is taken; that the octets were changed is noticed later.
  const alike = connect({}, { passive: true }, ofVersion("1.1a"));
  await run(alike, 3_000);
  assert.deepEqual(failures(alike.b), ["tampered 20"]);
});

test("a Commit with the ZID of another is refused (RFC 6189 §5.4)", async () => {
  const other = (packet: Uint8Array): Uint8Array => flipped(packet, 44);
  const link = connect({}, { passive: true }, tampering("Commit", other));
  await run(link, 30_000);
  assert.deepEqual(failures(link.b), ["refused 40"]);
});

test("ten thousand packets of noise, and as many that were once right, throw nothing and secure nothing", async () => {
  const random = createRandom(20_250_101);
  const real = connect({}, {});
  await run(real);
  const seeds = [...real.a.packets, ...real.b.packets];
  const link = connect({ seed: 7 }, { seed: 8 }, { onPacket: () => [] });
  link.a.start();
  const pick = (limit: number): number => Math.floor(random() * limit);
  let answered = 0;
  for (let round = 0; round < 10_000; round++) {
    const seed = seeds[pick(seeds.length)]!;
    const packet = Uint8Array.from({ length: pick(300) }, () => pick(256));
    link.a.receive(packet);
    const mutated = changed(seed, (message) => {
      for (let count = pick(6); count > 0; count--) message[4 + pick(message.length - 4)] = pick(256);
      if (random() > 0.2) return message;
      // Cut to whole words, with a length that is right.
      const words = 3 + pick(message.length / 4 - 2);
      const short = message.slice(0, words * 4);
      short[2] = words >> 8;
      short[3] = words;
      return short;
    });
    const before = link.a.sent.length;
    link.a.receive(mutated);
    answered += link.a.sent.length - before;
    if (link.a.engine.state === "failed" || link.a.engine.state === "failing") {
      link.a.do(link.a.engine.close());
      Object.assign(link, connect({ seed: 1_000 + round }, { seed: 8 }, { onPacket: () => [] }));
      link.a.start();
    }
    if (round % 100 === 0) await link.clock.advanceAsync(50);
    assert.equal(link.a.told("secured").length, 0);
  }
  // Never more than one answer to a packet, but for a Hello: that and a Commit.
  assert.ok(answered <= 20_000);
});

test("noise around a real exchange does not keep it from its end", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = createRandom(seed);
    const pick = (limit: number): number => Math.floor(random() * limit);
    const link = connect(
      { seed },
      { seed: seed + 100 },
      {
        onPacket: (packet) => {
          // Without a right CRC nothing counts.
          const noise = packet.slice();
          noise[pick(noise.length)]! ^= 1 + pick(255);
          return random() < 0.5 ? [noise, packet] : [packet, noise, noise];
        },
      },
    );
    await run(link, 10_000);
    assert.ok(canTalk(link), `seed ${seed}`);
    assert.ok(link.a.engine.counters.malformed > 0);
  }
});
