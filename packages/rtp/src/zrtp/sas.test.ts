import assert from "node:assert/strict";
import { test } from "node:test";
import { pgpWords } from "./pgp-words.ts";
import { renderSas } from "./sas.ts";

/** The pseudocode of RFC 6189 §5.1.6. */
function base32(bits: number): string {
  let text = "";
  for (let index = 0, shift = 27; index !== 4; index++, shift -= 5) {
    text += "ybndrfg8ejkmcpqxot1uwisza345h769"[(bits >>> shift) & 31];
  }
  return text;
}

test("B32 shows the leftmost 20 bits, five a character (RFC 6189 §5.1.6)", () => {
  for (const word of [0, 0xffffffff, 0x12345678, 0x80000000, 0x00001000, 0xdeadbeef]) {
    const hash = new Uint8Array(32);
    new DataView(hash.buffer).setUint32(0, word);
    assert.equal(renderSas("B32", hash), base32(word));
  }
  assert.equal(renderSas("B32", new Uint8Array(32)), "yyyy");
});

test("B256 shows the leftmost 16 bits as two words of the PGP list (RFC 6189 §5.1.6)", () => {
  assert.equal(renderSas("B256", Uint8Array.of(0xe5, 0x82, 1, 2)), "topmost:Istanbul");
  assert.equal(renderSas("B256", Uint8Array.of(0x94, 0xf2, 1, 2)), "Pluto:vagabond");
});

test("the PGP list has 512 different words", () => {
  const words = Array.from({ length: 256 }, (_, octet) => pgpWords(octet, octet)).flat();
  assert.equal(new Set(words).size, 512);
  assert.deepEqual(pgpWords(0, 0), ["aardvark", "adroitness"]);
  assert.deepEqual(pgpWords(255, 255), ["Zulu", "Yucatan"]);
});
