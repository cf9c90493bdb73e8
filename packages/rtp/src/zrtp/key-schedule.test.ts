import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { createZrtpCrypto } from "../node/index.ts";
import {
  contextOf,
  deriveKey,
  deriveSessionSecrets,
  deriveStreamKeys,
  multistreamSecretOf,
  secretOf,
} from "./key-schedule.ts";

const crypto = createZrtpCrypto();
const key = new Uint8Array(32).fill(7);
const context = contextOf(new Uint8Array(12).fill(1), new Uint8Array(12).fill(2), new Uint8Array(32).fill(3));
const contextHex = "01".repeat(12) + "02".repeat(12) + "03".repeat(32);

function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}

test("KDF is HMAC over counter, label, zero, context, length in bits (RFC 6189 §4.5.1)", () => {
  const text = Buffer.from(`00000001${hexOf(Buffer.from("SAS"))}00${contextHex}00000100`, "hex");
  const expected = createHmac("sha256", key).update(text).digest("hex");
  assert.equal(hexOf(deriveKey(crypto, "S256", key, "SAS", context, 256)), expected);
  const salt = Buffer.from(`00000001${hexOf(Buffer.from("Initiator SRTP master salt"))}00${contextHex}00000070`, "hex");
  const cut = createHmac("sha384", key).update(salt).digest("hex").slice(0, 28);
  assert.equal(hexOf(deriveKey(crypto, "S384", key, "Initiator SRTP master salt", context, 112)), cut);
});

test("s0 counts in the secrets with their lengths, 0 for those that are not shared (RFC 6189 §4.4.1.4)", () => {
  const result = new Uint8Array(32).fill(9);
  const head = `00000001${hexOf(result)}${hexOf(Buffer.from("ZRTP-HMAC-KDF"))}${contextHex}`;
  const hash = (text: string): string => createHash("sha256").update(Buffer.from(text, "hex")).digest("hex");
  const none = { retained: undefined, aux: undefined };
  assert.equal(hexOf(secretOf(crypto, "S256", result, context, none)), hash(head + "00000000".repeat(3)));
  const both = { retained: new Uint8Array(32).fill(5), aux: Uint8Array.of(6, 6) };
  assert.equal(
    hexOf(secretOf(crypto, "S256", result, context, both)),
    hash(`${head}00000020${"05".repeat(32)}00000002060600000000`),
  );
});

test("s0 of a further stream is derived from ZRTPSess (RFC 6189 §4.4.3.2)", () => {
  const text = Buffer.from(`00000001${hexOf(Buffer.from("ZRTP MSK"))}00${contextHex}00000180`, "hex");
  const expected = createHmac("sha384", key).update(text).digest("hex");
  assert.equal(hexOf(multistreamSecretOf(crypto, "S384", key, context)), expected);
});

test("keys are as long as hash and cipher say, and all different (RFC 6189 §4.5.2, §4.5.3)", () => {
  for (const [hash, cipher, macBytes, keyBytes] of [
    ["S256", "AES1", 32, 16],
    ["S384", "AES3", 48, 32],
  ] as const) {
    const { srtp, sealing } = deriveStreamKeys(crypto, { hash, cipher }, key, context);
    const session = deriveSessionSecrets(crypto, hash, key, context);
    assert.equal(srtp.initiator.key.length, keyBytes);
    assert.equal(srtp.responder.salt.length, 14);
    assert.equal(sealing.initiator.mac.length, macBytes);
    assert.equal(sealing.responder.cipher.length, keyBytes);
    assert.equal(session.sessionKey.length, macBytes);
    assert.equal(session.retained.length, 32);
    const all = [
      ...[srtp.initiator, srtp.responder].flatMap((one) => [one.key, one.salt]),
      ...[sealing.initiator, sealing.responder].flatMap((one) => [one.mac, one.cipher]),
      ...Object.values(session),
    ].map((octets: Uint8Array) => hexOf(octets));
    assert.equal(new Set(all).size, 11);
  }
});
