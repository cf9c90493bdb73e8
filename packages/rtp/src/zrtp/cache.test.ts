import assert from "node:assert/strict";
import { test } from "node:test";
import { createZrtpCache } from "./cache.ts";

const zid = new Uint8Array(12).fill(1);
const forEver = 0xffffffff;

function secret(octet: number): Uint8Array {
  return new Uint8Array(32).fill(octet);
}

test("the secret before becomes rs2 (RFC 6189 §4.6.1)", async () => {
  const cache = createZrtpCache(zid, () => 0);
  assert.equal(await cache.lookup("aa"), undefined);
  for (const octet of [1, 2, 3]) {
    cache.update({ kind: "remember", peer: "aa", secret: secret(octet), verified: false, seconds: forEver });
  }
  const found = await cache.lookup("aa");
  assert.deepEqual([found?.rs1, found?.rs2], [secret(3), secret(2)]);
});

test("what has expired is not found; 0xffffffff never does (RFC 6189 §4.9)", async () => {
  let now = 1_000;
  const cache = createZrtpCache(zid, () => now);
  cache.update({ kind: "remember", peer: "aa", secret: secret(1), verified: false, seconds: 60 });
  cache.update({ kind: "remember", peer: "bb", secret: secret(1), verified: false, seconds: forEver });
  now += 59_999;
  assert.ok(await cache.lookup("aa"));
  now += 1;
  assert.equal(await cache.lookup("aa"), undefined);
  now *= 1_000_000;
  assert.ok(await cache.lookup("bb"));
  cache.update({ kind: "expire", peer: "bb" });
  assert.equal(await cache.lookup("bb"), undefined);
});

test("a string that differs erases what is remembered, one that is right marks it (RFC 6189 §7.1)", async () => {
  const cache = createZrtpCache(zid, () => 0);
  cache.update({ kind: "verified", peer: "aa", verified: true });
  assert.equal(await cache.lookup("aa"), undefined);
  cache.update({ kind: "remember", peer: "aa", secret: secret(1), verified: false, seconds: forEver });
  cache.update({ kind: "verified", peer: "aa", verified: true });
  assert.equal((await cache.lookup("aa"))?.verified, true);
  cache.update({ kind: "verified", peer: "aa", verified: false });
  assert.equal(await cache.lookup("aa"), undefined);
});

test("the peers that were longest unused make room", async () => {
  const cache = createZrtpCache(zid, () => 0, 2);
  const remember = (peer: string): void =>
    cache.update({ kind: "remember", peer, secret: secret(1), verified: false, seconds: forEver });
  for (const peer of ["aa", "bb", "aa", "cc"]) remember(peer);
  assert.equal(await cache.lookup("bb"), undefined);
  assert.ok(await cache.lookup("aa"));
  assert.ok(await cache.lookup("cc"));
});
