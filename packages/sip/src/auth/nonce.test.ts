import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeHash } from "./node.ts";
import { NonceMaker, workerOfNonce } from "./nonce.ts";

const secret = new Uint8Array(32).fill(1);
const maker = (table = "t", workerId = 0, key = secret) => new NonceMaker(nodeHash, key, table, workerId);

test("NonceMaker reads back when a nonce was made, from the secret alone (RFC 3261 §22.4 step 4)", () => {
  for (const now of [0, 1, 16_777_215, 16_777_216, 1_767_225_600_123.9, 2 ** 47]) {
    const nonce = maker().make(now);
    assert.equal(maker().read(nonce)?.issuedAt, Math.floor(now));
    assert.match(nonce, /^[A-Za-z0-9_-]{36}$/);
  }
});

test("NonceMaker refuses a nonce of another secret, another table, or with one character changed (RFC 7616 §3.3)", () => {
  const nonce = maker().make(1_000_000);
  assert.equal(maker("t", 0, new Uint8Array(32).fill(2)).read(nonce), undefined);
  assert.equal(maker("u").read(nonce), undefined);
  for (let at = 0; at < nonce.length; at++) {
    const other = nonce[at] === "A" ? "B" : "A";
    const read = maker().read(nonce.slice(0, at) + other + nonce.slice(at + 1));
    if (at < 25) assert.equal(read, undefined, `position ${at}`);
    else assert.equal(read?.isOfPeer, false, `position ${at}`);
  }
  for (const text of ["", "x", `${nonce}A`, nonce.slice(1)]) assert.equal(maker().read(text), undefined);
});

test("NonceMaker tells who brings a nonce that was made for another", () => {
  const nonce = maker().make(1_000_000, "192.0.2.7");
  assert.equal(maker().read(nonce, "192.0.2.7")?.isOfPeer, true);
  assert.equal(maker().read(nonce, "192.0.2.8")?.isOfPeer, false);
  assert.equal(maker().read(nonce)?.isOfPeer, false);
  assert.equal(maker().read(maker().make(5))?.isOfPeer, true);
});

test("a mark of one nonce is none for another, so that nobody learns the mark of an address that is not theirs", () => {
  const nonces = maker();
  const [one, other] = [nonces.make(5, "192.0.2.7"), nonces.make(5, "192.0.2.7")];
  assert.equal(nonces.read(one.slice(0, 25) + other.slice(25), "192.0.2.7")?.isOfPeer, false);
});

test("NonceMaker makes no nonce twice within a millisecond, for any worker", () => {
  const seen = new Set<string>();
  const serials = new Set<number>();
  for (const worker of [0, 1, 35, 36, 1295]) {
    const nonces = maker("t", worker);
    for (let i = 0; i < 1_000; i++) {
      const nonce = nonces.make(5);
      assert.equal(workerOfNonce(nonce), worker);
      seen.add(nonce);
      serials.add(nonces.read(nonce)!.serial);
    }
  }
  assert.equal(seen.size, 5_000);
  assert.equal(serials.size, 5_000);
});

test("NonceMaker takes worker numbers of two base-36 digits", () => {
  assert.throws(() => maker("t", 1296), TypeError);
  assert.throws(() => maker("t", -1), TypeError);
  assert.equal(workerOfNonce("from elsewhere"), undefined);
});
