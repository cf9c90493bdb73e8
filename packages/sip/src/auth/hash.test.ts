import assert from "node:assert/strict";
import { test } from "node:test";
import { equalInConstantTime, hexOctets, hexText, octetText } from "./hash.ts";
import { nobleHash } from "./noble.ts";
import { nodeHash } from "./node.ts";

const everyOctet = octetText(Uint8Array.from({ length: 256 }, (_, code) => code));

for (const [name, hash] of [
  ["node", nodeHash],
  ["noble", nobleHash],
] as const) {
  test(`${name} hash: one character is one octet, results are lower-case hexadecimal (RFC 8760 §2.2)`, () => {
    assert.equal(hash.md5(""), "d41d8cd98f00b204e9800998ecf8427e");
    assert.equal(hash.md5("abc"), "900150983cd24fb0d6963f7d28e17f72");
    assert.equal(hash.md5(everyOctet), "e2c865db4162bed963bfaa9ef6ac18f0");
    assert.equal(hash.sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert.equal(hash.sha512_256("abc"), "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
  });

  test(`${name} hash: random octets differ from call to call`, () => {
    assert.equal(hash.random(16).length, 16);
    assert.notDeepEqual(hash.random(16), hash.random(16));
  });
}

test("hexText() and hexOctets() are inverses", () => {
  assert.equal(hexText(hexOctets("00ff0a")), "00ff0a");
});

test("equalInConstantTime() compares every character", () => {
  assert.equal(equalInConstantTime("abcd", "abcd"), true);
  for (const other of ["bbcd", "abce", "abc", "abcde", ""]) assert.equal(equalInConstantTime("abcd", other), false);
});
