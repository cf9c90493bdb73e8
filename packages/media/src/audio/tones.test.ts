import assert from "node:assert/strict";
import { test } from "node:test";
import { NoiseSource } from "@trapezoid/codec";
import { measure } from "../../test/rig.ts";
import { DtmfDetector } from "./dtmf-detector.ts";
import { dialTones, frequenciesOf } from "./dtmf-tones.ts";
import type { Source } from "./source.ts";
import { sineSource, type ToneName, toneCountries, toneSource } from "./tones.ts";

function listen(source: Pick<Source, "read">, ms: number): Int16Array {
  const all = new Int16Array(ms * 8);
  for (let at = 0; at < all.length; at += 160) source.read(all.subarray(at, at + 160));
  return all;
}

function digitsIn(sound: Int16Array): string {
  let digits = "";
  const detector = new DtmfDetector((digit) => {
    digits += digit;
  });
  for (let at = 0; at + 160 <= sound.length; at += 160) detector.frame(sound, sound.subarray(at, at + 160));
  return digits;
}

test("busy in the United States: 480 and 620 Hz, half a second on, half a second off (E.180 supplement 2)", () => {
  const sound = listen(toneSource("busy", "us"), 2_000);
  for (const from of [0, 8_000]) {
    const on = sound.subarray(from, from + 4_000);
    assert.ok(measure(on, 480).purity > 0.4 && measure(on, 620).purity > 0.4);
    assert.ok(sound.subarray(from + 4_000, from + 8_000).every((sample) => sample === 0));
  }
});

test("a sine that 8 kHz cannot carry is made at 48 kHz: no image of it below", () => {
  const source = sineSource(5_220);
  assert.equal(source.sampleRate, 48_000);
  const sound = new Int16Array(960);
  source.read(sound);
  const crossings = sound.reduce((sum, sample, at) => sum + (at > 0 && sample > 0 !== sound[at - 1]! > 0 ? 1 : 0), 0);
  assert.ok(Math.abs(crossings - (2 * 5_220 * 960) / 48_000) <= 2, `${crossings} crossings of zero in 20 ms`);
  assert.equal(sineSource(440).sampleRate, 8_000);
});

test("every country has its four tones, none of them silent or clipped", () => {
  for (const country of toneCountries) {
    for (const tone of ["dial", "ringback", "busy", "congestion"] as const satisfies readonly ToneName[]) {
      const loudest = listen(toneSource(tone, country), 1_000).reduce((most, one) => Math.max(most, Math.abs(one)), 0);
      assert.ok(loudest > 3_000 && loudest < 32_000, `${country} ${tone}: ${loudest}`);
    }
  }
  assert.throws(() => toneSource("busy", "xx"), { code: "MEDIA_UNKNOWN_TONE" });
});

test("a sine of 440 Hz goes on without a click", () => {
  const sound = listen(sineSource(440, 8_000), 3_000);
  const step = (2 * Math.PI * 440 * 8_000) / 8_000;
  for (let at = 1; at < sound.length; at++) assert.ok(Math.abs(sound[at]! - sound[at - 1]!) <= step + 2);
});

test("digits of 40 ms with pauses of 40 ms and more are all found (Q.24)", () => {
  const tones = dialTones(8_000);
  tones.dial("0123456789*#ABCD", 40);
  assert.equal(digitsIn(listen(tones, 16 * 120 + 200)), "0123456789*#ABCD");
});

test("a long digit is one digit, and the same digit twice is two", () => {
  const tones = dialTones(8_000);
  tones.dial("5", 2_000);
  tones.dial("55", 100);
  assert.equal(digitsIn(listen(tones, 3_000)), "555");
});

test("what is no digit is taken for none: noise, one tone, call tones, frequencies 3.5 % off (Q.24)", () => {
  const noise = new Int16Array(80_000);
  new NoiseSource(3).fill(noise, { level: 15, reflection: [] });
  assert.equal(digitsIn(noise), "");
  assert.equal(digitsIn(listen(sineSource(697, 12_000), 1_000)), "");
  for (const country of toneCountries) assert.equal(digitsIn(listen(toneSource("ringback", country), 6_000)), "");
  for (const digit of "159D") {
    const [low, high] = frequenciesOf(digit)!;
    const off = Int16Array.from({ length: 8_000 }, (_, n) => {
      const turn = (2 * Math.PI * n * 1.035) / 8_000;
      return 8_000 * (Math.sin(low * turn) + Math.sin(high * turn));
    });
    assert.equal(digitsIn(off), "", `${digit} 3.5 % off`);
  }
});

test("digits under noise of 15 dB less are found", () => {
  const tones = dialTones(8_000);
  tones.dial("0123456789*#ABCD", 100);
  const sound = listen(tones, 16 * 180 + 200);
  const noise = new Int16Array(sound.length);
  new NoiseSource(5).fill(noise, { level: 24, reflection: [] });
  assert.equal(digitsIn(sound.map((sample, at) => sample + noise[at]!)), "0123456789*#ABCD");
});
