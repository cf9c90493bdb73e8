import assert from "node:assert/strict";
import { test } from "node:test";
import { sipHash, sipHashKey, sipHashToken } from "./siphash.ts";

const key = sipHashKey(Uint8Array.from({ length: 16 }, (_, i) => i));

/** The hash's eight octets in the order of the reference implementation's output. */
function hex(length: number): string {
  const text = String.fromCharCode(...Array.from({ length }, (_, i) => i));
  const [low, high] = sipHash(key, text);
  const octets = new DataView(new ArrayBuffer(8));
  octets.setInt32(0, low!, true);
  octets.setInt32(4, high!, true);
  return Array.from({ length: 8 }, (_, i) => octets.getUint8(i).toString(16).padStart(2, "0")).join("");
}

// The reference vectors: key 00 01 … 0f, messages of 0, 1, 2 … octets 00 01 02 …
const vectors: readonly (readonly [length: number, hash: string])[] = [
  [0, "310e0edd47db6f72"],
  [1, "fd67dc93c539f874"],
  [2, "5a4fa9d909806c0d"],
  [3, "2d7efbd796666785"],
  [4, "b7877127e09427cf"],
  [5, "8da699cd64557618"],
  [6, "cee3fe586e46c9cb"],
  [7, "37d1018bf50002ab"],
  [8, "6224939a79f5f593"],
  [9, "b0e4a90bdf82009e"],
  [10, "f3b9dd94c5bb5d7a"],
  [11, "a7ad6b22462fb3f4"],
  [12, "fbe50e86bc8f1e75"],
  [13, "903d84c02756ea14"],
  [14, "eef27a8e90ca23f7"],
  [15, "e545be4961ca29a1"],
];

test("sipHash() gives the reference vectors of SipHash-2-4 (Aumasson and Bernstein, appendix A)", () => {
  for (const [length, hash] of vectors) assert.equal(hex(length), hash, `${length} octets`);
});

test("sipHash() takes octets above 127", () => {
  const one = [...sipHash(key, "\x80\xff".repeat(9))];
  const two = [...sipHash(key, "\x80\xfe".repeat(9))];
  assert.notDeepEqual(one, two);
});

test("sipHashToken() is 11 characters that a token, a branch and a user part may have, and differs by key and text", () => {
  const tokens = new Set<string>();
  for (let i = 0; i < 2_000; i++) {
    const token = sipHashToken(key, `text ${i}`);
    assert.match(token, /^[A-Za-z0-9_-]{11}$/);
    tokens.add(token);
  }
  assert.equal(tokens.size, 2_000);
  const other = sipHashKey(new Uint8Array(16));
  assert.notEqual(sipHashToken(other, "text 1"), sipHashToken(key, "text 1"));
});

test("sipHashToken() carries all 64 bits of the hash", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (let i = 0; i < 100; i++) {
    const text = `${i}`;
    let value = 0n;
    [...sipHashToken(key, text)].forEach((char, at) => {
      value |= BigInt(alphabet.indexOf(char)) << BigInt(at * 6);
    });
    const [low, high] = sipHash(key, text);
    assert.equal(value, BigInt(low! >>> 0) | (BigInt(high! >>> 0) << 32n));
  }
});

test("sipHashKey() takes 16 octets, at any offset of their buffer", () => {
  const buffer = Uint8Array.from({ length: 20 }, (_, i) => i - 4);
  assert.deepEqual(sipHashKey(buffer.subarray(4)), key);
  assert.throws(() => sipHashKey(new Uint8Array(8)), TypeError);
});
