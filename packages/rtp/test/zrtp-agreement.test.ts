import assert from "node:assert/strict";
import { test } from "node:test";
import type { ZrtpAlgorithms } from "../src/index.ts";
import { canTalk, connect, only, run } from "./zrtp-link.ts";

const agreements = ["X255", "X448", "EC25", "EC38", "DH2k", "DH3k"] as const;
const hashes = ["S256", "S384"] as const;
const ciphers = ["AES1", "AES2", "AES3"] as const;
const authTags = ["HS32", "HS80"] as const;

for (const agreement of agreements) {
  test(`${agreement} with each hash, cipher and tag: one string, and what each sends the other opens (RFC 6189 §4.4.1, §4.5.3, §5.1.4)`, async () => {
    for (const hash of hashes) {
      for (const cipher of ciphers) {
        for (const authTag of authTags) {
          const algorithms: ZrtpAlgorithms = only({
            agreements: [agreement],
            hashes: agreement === "EC38" || agreement === "X448" ? ["S384"] : [hash],
            ciphers: [cipher],
            authTags: [authTag],
            sasTypes: ["B256"],
          });
          const link = connect({ algorithms }, { algorithms, seed: 33 });
          await run(link);
          const [a, b] = [link.a.engine.security, link.b.engine.security];
          assert.ok(a !== undefined && b !== undefined, `${hash} ${cipher} ${authTag}`);
          assert.equal(a.sas, b.sas);
          assert.match(a.sas, /^\w+:\w+$/);
          assert.deepEqual([a.agreement, a.cipher, a.authTag], [agreement, cipher, authTag]);
          assert.deepEqual([a.role, b.role].toSorted(), ["initiator", "responder"]);
          assert.ok(canTalk(link));
          // §5.1.4: the tag that was agreed on is that of reports, too.
          const { suite } = link.a.told("secured")[0]!.send;
          assert.deepEqual([suite.tagBytes, suite.rtcpTagBytes], authTag === "HS32" ? [4, 4] : [10, 10]);
          assert.equal(link.clock.pending, 0);
        }
      }
    }
  });
}

test("each call has keys and a string of its own", async () => {
  const strings = new Set<string>();
  for (let seed = 1; seed <= 10; seed++) {
    const link = connect({ seed }, { seed: seed + 100 });
    await run(link);
    strings.add(link.a.engine.security!.sas);
    strings.add(Buffer.from(link.a.told("secured")[0]!.send.masterKey).toString("hex"));
  }
  assert.equal(strings.size, 20);
});

test("Hello, HelloACK, Commit, DHPart1, DHPart2, Confirm1, Confirm2, Conf2ACK, each once (RFC 6189 §3.1.1)", async () => {
  const link = connect({}, { passive: true });
  await run(link);
  assert.deepEqual(link.a.sent, ["Hello", "HelloACK", "Commit", "DHPart2", "Confirm2"]);
  assert.deepEqual(link.b.sent, ["Hello", "HelloACK", "DHPart1", "Confirm1", "Conf2ACK"]);
});

test("media in clear rests from the Commit on, and SRTP goes out after Conf2ACK or Confirm2 alone (RFC 6189 §4)", async () => {
  const link = connect({}, { passive: true });
  const order: string[] = [];
  for (const party of [link.a, link.b]) {
    const { deliver } = party;
    party.deliver = (packet) => {
      order.push(`${party.sent.at(-1)} ${party.effects.some(({ kind }) => kind === "secured")}`);
      deliver(packet);
    };
  }
  await run(link);
  assert.deepEqual(
    link.a.effects.map(({ kind }) => kind),
    ["lookup", "quiet", "receive", "secured", "remember"],
  );
  assert.deepEqual(
    link.b.effects.map(({ kind }) => kind),
    ["lookup", "quiet", "secured", "remember"],
  );
  assert.ok(order.includes("Confirm2 false"));
  assert.ok(order.includes("Conf2ACK false"));
});

test("the first authentic SRTP says what Conf2ACK says (RFC 6189 §4.6)", async () => {
  const link = connect({}, { passive: true }, { onPacket: (packet, type) => (type === "Conf2ACK" ? [] : [packet]) });
  await run(link, 100);
  assert.equal(link.a.engine.state, "confirming");
  link.a.do(link.a.engine.srtpReceived());
  assert.equal(link.a.engine.state, "secure");
  assert.ok(canTalk(link));
  await link.clock.advanceAsync(20_000);
  assert.equal(link.a.sent.filter((type) => type === "Confirm2").length, 1);
});

test("of two Commits the one with the greater hvi stays, whoever sent it (RFC 6189 §4.2)", async () => {
  const initiators = new Set<string>();
  for (let seed = 1; seed <= 12; seed++) {
    const link = connect({ seed }, { seed: seed + 50 });
    await run(link);
    const commits = [link.a, link.b].map((party) => party.packets[party.sent.indexOf("Commit")]!);
    const [ofA, ofB] = commits.map((packet) => Buffer.from(packet.subarray(12 + 76, 12 + 108)));
    const greater = ofA!.compare(ofB!) > 0 ? link.a : link.b;
    assert.equal(greater.engine.security!.role, "initiator");
    assert.equal(link.a.engine.security!.sas, link.b.engine.security!.sas);
    assert.ok(canTalk(link));
    initiators.add(greater === link.a ? "a" : "b");
  }
  assert.equal(initiators.size, 2);
});

test("contention with different key agreements ends with the initiator's (RFC 6189 §4.2)", async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const link = connect(
      { seed, algorithms: only({ agreements: ["EC25", "X448", "DH3k"], hashes: ["S256", "S384"] }) },
      { seed: seed + 9, algorithms: only({ agreements: ["DH3k", "EC25"], ciphers: ["AES3"] }) },
    );
    await run(link);
    assert.equal(link.a.engine.security!.agreement, "EC25");
    assert.ok(canTalk(link));
  }
});

test("a lookup that takes its time holds the Commit back, and none is lost (RFC 6189 §4.3)", async () => {
  const link = connect({ lookupMs: 1_000 }, {});
  await run(link, 3_000);
  assert.ok(canTalk(link));
  assert.equal(link.b.engine.security!.role, "initiator");
});

test("a Ping is answered with the SSRC and the endpoint hash it brought (RFC 6189 §5.15, §5.16)", () => {
  const link = connect({}, {});
  link.a.start();
  const ping = Buffer.from("1000000a5a52545001020304505a000650696e6720202020312e31301122334455667788", "hex");
  link.a.receive(withCrc(ping));
  const answer = Buffer.from(link.a.packets.at(-1)!);
  assert.equal(link.a.sent.at(-1), "PingACK");
  assert.equal(answer.subarray(24, 28).toString(), "1.10");
  assert.equal(answer.subarray(36, 48).toString("hex"), "112233445566778801020304");
});

function withCrc(packet: Uint8Array): Uint8Array {
  let crc = 0xffffffff;
  for (const octet of packet) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(~crc >>> 0);
  return Buffer.concat([packet, tail]);
}

test("with somebody else at the other end everything begins anew, with the Hello that was announced", async () => {
  const link = connect({}, {});
  await run(link);
  const { helloHash } = link.a.engine;
  const other = connect({ seed: 3 }, { seed: 4 });
  const next = other.b;
  link.a.deliver = (packet) => link.clock.after(5, () => next.receive(packet));
  next.deliver = (packet) => link.clock.after(5, () => link.a.receive(packet));
  link.a.do(link.a.engine.restart());
  assert.equal(link.a.engine.security, undefined);
  assert.equal(link.a.engine.helloHash, helloHash);
  next.start();
  await link.clock.advanceAsync(1_000);
  const [, second] = link.a.told("secured");
  assert.equal(second?.security.sas, next.engine.security?.sas);
  assert.equal(next.engine.state, "secure");
});
