import assert from "node:assert/strict";
import { test } from "node:test";
import { createZrtpCrypto } from "../node/index.ts";
import { type ConfirmContent, openConfirm, type SealingKeys, sealConfirm } from "./confirm.ts";

const crypto = createZrtpCrypto();
const keys: SealingKeys = { hash: "S256", mac: new Uint8Array(32).fill(1), cipher: new Uint8Array(16).fill(2) };
const content: ConfirmContent = {
  h0: new Uint8Array(32).fill(3),
  enrolment: false,
  verified: true,
  allowClear: true,
  disclosure: true,
  cacheSeconds: 0xfffffffe,
};

test("what was sealed is opened, of 19 words without a signature (RFC 6189 §5.7)", () => {
  const message = sealConfirm(crypto, "Confirm1", keys, content);
  assert.equal(message.length, 19 * 4);
  assert.deepEqual(openConfirm(crypto, keys, message), content);
  assert.equal(openConfirm(crypto, { ...keys, mac: new Uint8Array(32) }, message), undefined);
  assert.equal(openConfirm(crypto, keys, message.subarray(0, 40)), undefined);
});

test("with E set, A counts as not set (RFC 6189 §7.3.1)", () => {
  const opened = openConfirm(crypto, keys, sealConfirm(crypto, "Confirm2", keys, { ...content, enrolment: true }));
  assert.deepEqual([opened?.enrolment, opened?.allowClear], [true, false]);
});

/** A Confirm with a signature of so many words, and so many that it claims. */
function signed(words: number, claimed: number): Uint8Array {
  const text = new Uint8Array(40 + words * 4);
  text.set(content.h0);
  text[33] = claimed >> 8;
  text[34] = claimed;
  const iv = new Uint8Array(16);
  const sealed = crypto.encryptCfb(keys.cipher, iv, text);
  const message = new Uint8Array(36 + text.length);
  message.set(crypto.hmac("S256", keys.mac, sealed).subarray(0, 8), 12);
  message.set(sealed, 36);
  return message;
}

test("a signature is passed over; one that does not fit makes it malformed (RFC 6189 §5.7)", () => {
  assert.deepEqual(openConfirm(crypto, keys, signed(300, 300))?.h0, content.h0);
  assert.equal(openConfirm(crypto, keys, signed(3, 4)), undefined);
  assert.equal(openConfirm(crypto, keys, signed(3, 0)), undefined);
});
