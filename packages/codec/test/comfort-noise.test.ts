import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ComfortNoise,
  comfortNoiseOf,
  decodeComfortNoise,
  encodeComfortNoise,
  NoiseSource,
  noiseLevelOf,
  PauseDetector,
} from "../src/index.ts";

function noiseOf(noise: ComfortNoise, samples = 32_000): Int16Array {
  const out = new Int16Array(samples);
  new NoiseSource(7).fill(out, noise);
  return out;
}

/** Energy below and above 2 kHz, by the sum and the difference of neighbours. */
function lowToHigh(samples: Int16Array): number {
  let low = 0;
  let high = 0;
  for (let index = 1; index < samples.length; index++) {
    low += (samples[index]! + samples[index - 1]!) ** 2;
    high += (samples[index]! - samples[index - 1]!) ** 2;
  }
  return low / high;
}

/** Noise as rooms have it: what is low is loud. */
const rumble: ComfortNoise = { level: 50, reflection: [-0.85, 0.1] };

test("noise has the level that was measured, white and coloured (RFC 3389 §3.1)", () => {
  for (const level of [20, 40, 60]) {
    assert.equal(noiseLevelOf(noiseOf({ level, reflection: [] })), level);
    assert.ok(Math.abs(noiseLevelOf(noiseOf({ level, reflection: rumble.reflection })) - level) <= 1);
  }
  assert.equal(noiseLevelOf(new Int16Array(160)), 127);
  assert.ok(noiseOf({ level: 127, reflection: [] }).every((sample) => sample === 0));
});

test("a payload is the level and an index for each coefficient (RFC 3389 §3.2, §3.3)", () => {
  const octets = encodeComfortNoise({ level: 77, reflection: [0, -0.5, 0.5, -0.99999, 0.99999] });
  assert.deepEqual([...octets], [77, 127, 63, 191, 0, 254]);
  const { level, reflection } = decodeComfortNoise(octets)!;
  assert.equal(level, 77);
  reflection.forEach((k, index) => {
    assert.ok(Math.abs(k - [0, -0.5, 0.5, -1, 1][index]!) < 0.005 && Math.abs(k) < 1, `${k}`);
  });
  assert.equal(decodeComfortNoise(new Uint8Array(0)), undefined);
  assert.deepEqual(decodeComfortNoise(Uint8Array.of(0xff)), { level: 127, reflection: [] });
  assert.equal(decodeComfortNoise(new Uint8Array(200).fill(255))!.reflection.length, 8);
});

test("noise that is measured and made again sounds alike", () => {
  for (const noise of [rumble, { level: 55, reflection: [0.6] }, { level: 40, reflection: [] }]) {
    const heard = noiseOf(noise);
    const again = noiseOf(decodeComfortNoise(encodeComfortNoise(comfortNoiseOf(heard.subarray(0, 1_600))))!);
    assert.ok(Math.abs(noiseLevelOf(again) - noise.level) <= 1, `${noiseLevelOf(again)}`);
    const [before, after] = [lowToHigh(heard), lowToHigh(again)];
    assert.ok(Math.abs(Math.log2(after / before)) < 0.5, `${before} became ${after}`);
  }
});

test("whatever coefficients come, the noise stays within bounds", () => {
  for (let first = 0; first < 256; first += 5) {
    const noise = decodeComfortNoise(Uint8Array.of(30, first, 255 - first, first, 0, 254, 3, 250, first))!;
    assert.ok(noise.reflection.every((k) => Math.abs(k) < 1));
    // A filter that rings for long takes its time to become as loud as that; louder it never is.
    assert.ok(noiseLevelOf(noiseOf(noise)) >= 28);
  }
});

/** What becomes of frames of 20 ms. */
function judge(detector: PauseDetector, samples: Int16Array): ("speech" | "pause" | "told")[] {
  return Array.from({ length: samples.length / 160 }, (_, frame) => {
    const heard = detector.judge(samples.subarray(frame * 160, (frame + 1) * 160), 20);
    return heard.kind === "pause" && heard.noise !== undefined ? "told" : heard.kind;
  });
}

const tone = (ms: number, amplitude: number): Int16Array =>
  Int16Array.from({ length: ms * 8 }, (_, n) => Math.round(amplitude * Math.sin((2 * Math.PI * 300 * n) / 8_000)));

test("speech is speech until a little after its end; the pause is told at its beginning and each second", () => {
  const detector = new PauseDetector();
  judge(detector, noiseOf({ level: 60, reflection: [] }, 16_000));
  assert.ok(judge(detector, tone(2_000, 3_000)).every((heard) => heard === "speech"));
  const heard = judge(detector, noiseOf({ level: 60, reflection: [] }, 24_000));
  assert.deepEqual([heard.indexOf("told"), heard.lastIndexOf("speech")], [11, 10]);
  assert.ok(heard.filter((one) => one === "told").length <= 4, "a steady noise is told each second");
  assert.equal(judge(detector, tone(20, 3_000))[0], "speech", "the first sound of speech is sent");
});

test("quiet speech over a quiet room is speech, noise that becomes louder is noise after a while, and loud sounds never are", () => {
  const detector = new PauseDetector();
  judge(detector, noiseOf({ level: 70, reflection: [] }, 16_000));
  assert.equal(judge(detector, tone(20, 150))[0], "speech");
  const louder = judge(detector, noiseOf({ level: 55, reflection: [] }, 80_000));
  assert.equal(louder[0], "speech");
  assert.ok(louder.indexOf("told") > 20 && louder.indexOf("told") < 400, `after ${louder.indexOf("told")} frames`);
  assert.ok(
    judge(detector, tone(60_000, 1_000)).every((heard) => heard === "speech"),
    "a tone is no noise",
  );
});

test("digital silence is told as such, and what comes after it is speech at once", () => {
  const detector = new PauseDetector();
  const heard = judge(detector, new Int16Array(16_000));
  assert.equal(heard.at(-1), "pause");
  assert.equal(judge(detector, tone(20, 1_000))[0], "speech");
});

test("a noise that changes is told anew, not more often than ten times a second", () => {
  const detector = new PauseDetector();
  judge(detector, noiseOf({ level: 60, reflection: [] }, 16_000));
  const softer = judge(detector, noiseOf({ level: 68, reflection: [] }, 8_000));
  const told = softer.filter((one) => one === "told").length;
  assert.ok(told >= 2 && told <= 10, `told ${told} times in a second`);
});
