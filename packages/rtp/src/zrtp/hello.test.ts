import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createZrtpCrypto } from "../node/index.ts";
import { defaultAlgorithms } from "./algorithms.ts";
import { createHashChain } from "./hash-chain.ts";
import { decodeHello, encodeHello, helloHash, isAnnounced } from "./hello.ts";

const crypto = createZrtpCrypto();
const chain = createHashChain(crypto);
const zid = Uint8Array.from({ length: 12 }, (_, index) => index);
const fields = { clientId: "a phone of today!?", zid, passive: true, lists: defaultAlgorithms };
const octets = encodeHello(crypto, chain, fields);

test("a Hello says what was put in: lists in their order, flags, 16 characters of a name (RFC 6189 §5.2)", () => {
  const decoded = decodeHello(octets);
  assert.ok(decoded.ok);
  const { version, clientId, h3, mitm, passive, lists } = decoded.value;
  assert.deepEqual([version, clientId, mitm, passive], ["1.10", "a phone of today", false, true]);
  assert.deepEqual(h3, Uint8Array.from(chain.h3));
  assert.deepEqual(decoded.value.zid, zid);
  assert.deepEqual(lists, defaultAlgorithms);
  assert.equal(octets.length, (22 + 12) * 4);
});

test("a name that is not fit for a screen is cleaned", () => {
  const strange = octets.slice();
  strange.set([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0, 0xff], 16);
  const decoded = decodeHello(strange);
  assert.ok(decoded.ok);
  assert.equal(decoded.value.clientId, "[31m of today");
});

test("counts that do not fit, and more than seven of a kind, are refused (RFC 6189 §5.2)", () => {
  for (const [at, octet] of [
    [77, 3],
    [78, 0x82],
    [79, 0x4f],
  ] as const) {
    const wrong = octets.slice();
    wrong[at] = octet;
    assert.equal(decodeHello(wrong).ok, false);
  }
  assert.equal(decodeHello(octets.subarray(0, 80)).ok, false);
});

test("lists of more than seven and a ZID of another length are misuse", () => {
  const lists = { ...defaultAlgorithms, ciphers: Array.from({ length: 8 }, () => "AES1" as const) };
  assert.throws(() => encodeHello(crypto, chain, { ...fields, lists }), TypeError);
  assert.throws(() => encodeHello(crypto, chain, { ...fields, zid: zid.subarray(1) }), TypeError);
});

test("a=zrtp-hash is the version and SHA-256 of the message in hexadecimal digits (RFC 6189 §8.1)", () => {
  const hash = createHash("sha256").update(octets).digest("hex");
  assert.equal(helloHash(crypto, octets), `1.10 ${hash}`);
  assert.equal(isAnnounced(crypto, octets, `1.1b  ${hash.toUpperCase()} `), true);
  assert.equal(isAnnounced(crypto, octets, `1.10 ${hash.replace(/./, "z")}`), false);
  assert.equal(isAnnounced(crypto, octets, "1.10"), false);
  assert.equal(isAnnounced(crypto, octets, `2.00 ${hash}`), undefined);
});
