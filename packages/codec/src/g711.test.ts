import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from "./g711.ts";

const laws = [
  { name: "µ-law", encode: encodeUlaw, decode: decodeUlaw, silence: 0xff, loudest: 32_124 },
  { name: "A-law", encode: encodeAlaw, decode: decodeAlaw, silence: 0xd5, loudest: 32_256 },
] as const;

for (const { name, encode, decode, silence, loudest } of laws) {
  const decoded = new Int16Array(256);
  decode(
    Uint8Array.from({ length: 256 }, (_, octet) => octet),
    decoded,
  );

  test(`${name}: every code but a second zero comes back from what it stands for (ITU-T G.711)`, () => {
    const encoded = new Uint8Array(256);
    encode(decoded, encoded);
    for (let octet = 0; octet < 256; octet++) {
      if (name === "µ-law" && octet === 0x7f) continue;
      assert.equal(encoded[octet], octet);
    }
  });

  test(`${name}: silence and the loudest value (ITU-T G.711)`, () => {
    const encoded = new Uint8Array(1);
    encode(Int16Array.of(0), encoded);
    assert.equal(encoded[0], silence);
    assert.equal(Math.max(...decoded), loudest);
    assert.equal(Math.min(...decoded), -loudest);
  });

  test(`${name}: no sample is further than half an interval from its code`, () => {
    const levels = [...new Set(decoded)].sort((a, b) => a - b);
    const samples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    const encoded = new Uint8Array(samples.length);
    const back = new Int16Array(samples.length);
    encode(samples, encoded);
    decode(encoded, back);
    for (let index = 0; index < samples.length; index++) {
      const level = levels.indexOf(back[index]!);
      const step = Math.max(levels[level + 1]! - levels[level]! || 0, levels[level]! - levels[level - 1]! || 0);
      if (Math.abs(samples[index]!) > loudest) continue;
      assert.ok(Math.abs(samples[index]! - back[index]!) <= step, `${samples[index]} became ${back[index]}`);
    }
  });
}
