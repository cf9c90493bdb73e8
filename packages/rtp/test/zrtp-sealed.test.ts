import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandomOctets } from "@trapezoid/testkit";
import type { ZrtpCrypto } from "../src/index.ts";
import { createZrtpCrypto } from "../src/node/index.ts";
import { defaultAlgorithms } from "../src/zrtp/algorithms.ts";
import { decodeCommit } from "../src/zrtp/commit.ts";
import type { ConfirmContent, SealingKeys } from "../src/zrtp/confirm.ts";
import { Exchange } from "../src/zrtp/exchange.ts";
import { createHashChain } from "../src/zrtp/hash-chain.ts";
import { decodeHello, encodeHello, type Hello } from "../src/zrtp/hello.ts";
import { newMessage, putMac, putText } from "../src/zrtp/message.ts";
import { choose, withMandatory } from "../src/zrtp/negotiation.ts";
import { encodeZrtpPacket } from "../src/zrtp/packet.ts";
import { SecureStream } from "../src/zrtp/secure-stream.ts";
import { canTalk, connect, run } from "./zrtp-link.ts";

/** Cryptography that remembers what was derived, by its label: for a peer whose messages a test makes itself. */
function recording(seed: number): { readonly crypto: ZrtpCrypto; readonly keys: Map<string, Uint8Array> } {
  const inner = createZrtpCrypto(createRandomOctets(seed));
  const keys = new Map<string, Uint8Array>();
  const hmac: ZrtpCrypto["hmac"] = (type, key, ...parts) => {
    const result = inner.hmac(type, key, ...parts);
    if (parts.length === 3) keys.set(Buffer.from(parts[0]!.subarray(4, -1)).toString(), Uint8Array.from(result));
    return result;
  };
  return { crypto: { ...inner, hmac }, keys };
}

function sealingOf(keys: ReadonlyMap<string, Uint8Array>, name: "Initiator" | "Responder"): SealingKeys {
  return { hash: "S256", mac: keys.get(`${name} HMAC key`)!, cipher: keys.get(`${name} ZRTP key`)!.subarray(0, 16) };
}

function goClear(crypto: ZrtpCrypto, { hash, mac }: SealingKeys): Uint8Array {
  const message = newMessage("GoClear", 20);
  message.set(crypto.hmac(hash, mac, message.subarray(4, 12)).subarray(0, 8), 12);
  return message;
}

function sasRelay(crypto: ZrtpCrypto, keys: SealingKeys, sasType: string, flags = 0): Uint8Array {
  const text = new Uint8Array(40);
  text[3] = flags;
  putText(text, 4, sasType.padEnd(4));
  text.fill(0xaa, 8);
  const message = newMessage("SASrelay", 76);
  const iv = crypto.random(16);
  const sealed = crypto.encryptCfb(keys.cipher, iv, text);
  message.set(crypto.hmac(keys.hash, keys.mac, sealed).subarray(0, 8), 12);
  message.set(iv, 20);
  message.set(sealed, 36);
  return message;
}

test("GoClear is refused: an Error with its code, a warning once, and the stream stays secure (RFC 6189 §4.7.2, §5.11)", async () => {
  const { crypto, keys } = recording(22);
  const link = connect({}, { crypto, passive: true });
  await run(link);
  const clear = encodeZrtpPacket(1, link.b.ssrc, goClear(crypto, sealingOf(keys, "Responder")));
  link.a.receive(clear);
  link.a.receive(clear);
  assert.deepEqual(link.a.sent.slice(-2), ["Error", "Error"]);
  assert.equal(Buffer.from(link.a.packets.at(-1)!).readUInt32BE(24), 0x100);
  assert.deepEqual(link.a.warnings, ["goClear"]);
  assert.equal(link.a.engine.state, "secure");
  assert.ok(canTalk(link));

  // With the MAC of the other direction, sent back: not answered, not believed.
  const before = link.a.sent.length;
  link.a.receive(encodeZrtpPacket(1, link.b.ssrc, goClear(crypto, sealingOf(keys, "Initiator"))));
  link.a.receive(encodeZrtpPacket(1, link.b.ssrc, newMessage("GoClear", 20)));
  assert.equal(link.a.sent.length, before);
});

test("SASrelay is acknowledged and its string is not shown (RFC 6189 §5.13, §7.3)", async () => {
  const { crypto, keys } = recording(22);
  const link = connect({}, { crypto, passive: true });
  await run(link);
  const { sas } = link.a.engine.security!;
  link.a.receive(encodeZrtpPacket(1, link.b.ssrc, sasRelay(crypto, sealingOf(keys, "Responder"), "B256")));
  assert.equal(link.a.sent.at(-1), "RelayACK");
  // One that never said that it stands between people changes nothing.
  assert.equal(link.a.engine.security!.sas, sas);
  const before = link.a.sent.length;
  link.a.receive(encodeZrtpPacket(1, link.b.ssrc, sasRelay(crypto, sealingOf(keys, "Initiator"), "B32")));
  assert.equal(link.a.sent.length, before);
});

/** A responder that says of itself what tests want. */
function securedWith(flags: { readonly mitm?: boolean; readonly confirm?: Partial<ConfirmContent> }): {
  readonly stream: SecureStream;
  readonly crypto: ZrtpCrypto;
  readonly keys: SealingKeys;
} {
  const crypto = createZrtpCrypto(createRandomOctets(3));
  const chains = [createHashChain(crypto), createHashChain(crypto)] as const;
  const zids = [new Uint8Array(12).fill(1), new Uint8Array(12).fill(2)] as const;
  const hellos = zids.map((zid, index) => {
    const fields = { clientId: "test", zid, passive: false, lists: defaultAlgorithms };
    const octets = encodeHello(crypto, chains[index]!, fields);
    if (index === 1 && flags.mitm === true) {
      octets[76]! |= 0x20;
      putMac(crypto, octets, chains[1].h2);
    }
    const decoded = decodeHello(octets);
    assert.ok(decoded.ok);
    return decoded.value;
  }) as [Hello, Hello];
  const choice = choose(withMandatory(defaultAlgorithms), defaultAlgorithms);
  const shared = { crypto, choice, retained: undefined, auxSecret: undefined, master: undefined };
  const [chain, peerChain] = chains;
  const ours = Exchange.initiate({ ...shared, chain, zid: zids[0], hello: hellos[0].octets, peer: hellos[1] });
  const commit = decodeCommit(ours.commit);
  assert.ok(commit.ok);
  const theirs = Exchange.respond(
    { ...shared, chain: peerChain, zid: zids[1], hello: hellos[1].octets, peer: hellos[0] },
    commit.value,
  );
  assert.equal(ours.takeDhPart(theirs.ownPart!), undefined);
  assert.equal(theirs.takeDhPart(ours.ownPart!), undefined);
  const content = { enrolment: false, verified: false, allowClear: false, disclosure: false, cacheSeconds: 0 };
  const confirm = ours.takeConfirm(theirs.confirm({ ...content, ...flags.confirm }));
  assert.ok("h0" in confirm);
  const stream = new SecureStream({
    crypto,
    exchange: ours,
    peer: hellos[1],
    confirm,
    retained: undefined,
    cacheSeconds: 0,
    announced: false,
    master: undefined,
  });
  return { stream, crypto, keys: ours.agreed!.keys.sealing.responder };
}

function warningsOf(stream: SecureStream): string[] {
  return stream.begin().flatMap((effect) => (effect.kind === "warning" ? [effect.warning] : []));
}

test("one in the middle, one that discloses, one that offers trust: each is told (RFC 6189 §5.2, §7.3.1, §11)", () => {
  assert.deepEqual(warningsOf(securedWith({}).stream), []);
  assert.deepEqual(warningsOf(securedWith({ mitm: true }).stream), ["middle"]);
  assert.deepEqual(warningsOf(securedWith({ confirm: { disclosure: true } }).stream), ["disclosure"]);
  assert.deepEqual(warningsOf(securedWith({ confirm: { enrolment: true } }).stream), ["enrolment"]);
});

test("the rendering that a device in the middle asks for is used, its string is not (RFC 6189 §7.3)", () => {
  const { stream, crypto, keys } = securedWith({ mitm: true });
  const before = stream.security.sas;
  assert.equal(stream.security.sasType, "B32");
  const effects = stream.relay(sasRelay(crypto, keys, "B256"));
  assert.equal(effects?.[0]?.kind, "changed");
  assert.equal(stream.security.sasType, "B256");
  assert.match(stream.security.sas, /^\w+:\w+$/);
  assert.deepEqual(stream.relay(sasRelay(crypto, keys, "B999")), []);
  stream.relay(sasRelay(crypto, keys, "B32"));
  assert.equal(stream.security.sas, before);
});
