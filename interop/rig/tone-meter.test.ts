/** The meter itself, on sounds that are known. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { makeTempFolder } from "./temp-folder.ts";
import { digitsIn, digitTones, levelOf, soundedMs, steadyTone, stretches, strongestTone } from "./tone-meter.ts";
import { makeSines, readWav, type Wav, writeWav } from "./wav.ts";

const wav = (...parts: readonly Float64Array[]): Wav => ({
  sampleRate: 8_000,
  samples: Float64Array.from(parts.flatMap((part) => [...part])),
});
const silence = (seconds: number): Float64Array => new Float64Array(seconds * 8_000);
/** The same noise every time. */
function noise(seconds: number, amplitude: number): Float64Array {
  let state = 1;
  return Float64Array.from({ length: seconds * 8_000 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return amplitude * (state / 2 ** 31 - 1);
  });
}

describe("the tone meter", () => {
  for (const hz of [180, 440, 1_004.5, 3_400]) {
    for (const levelDb of [-3, -20, -40]) {
      test(`finds ${hz} Hz at ${levelDb} dB, within 1 Hz and 0.2 dB`, () => {
        const tone = strongestTone(wav(makeSines([hz], 1.3, levelDb)))!;
        assert.ok(Math.abs(tone.hz - hz) < 1, `${tone.hz} Hz`);
        assert.ok(Math.abs(tone.levelDb - levelDb) < 0.2, `${tone.levelDb} dB`);
        assert.ok(tone.purityDb > 25, `${tone.purityDb} dB above the rest`);
      });
    }
  }

  test("works at 48 kHz", () => {
    const tone = strongestTone({ sampleRate: 48_000, samples: makeSines([700], 0.6, -10, 48_000) })!;
    assert.ok(Math.abs(tone.hz - 700) < 1 && Math.abs(tone.levelDb + 10) < 0.2);
  });

  test("hears nothing in silence, and says how impure a tone in noise is", () => {
    assert.equal(strongestTone(wav(silence(1))), undefined);
    const hiss = noise(1, 0.1);
    const impure = strongestTone(wav(makeSines([440], 1, -20).map((sample, at) => sample + hiss[at]!)))!;
    assert.ok(impure.purityDb < 6, `${impure.purityDb} dB`);
  });

  test("a neighbour 100 Hz away is not the tone", () => {
    assert.ok(levelOf(wav(makeSines([540], 1, -6)), 440) < -60);
  });

  test("a tone in pieces, torn by jumps and silence, keeps its frequency and level, and loses time", () => {
    const pieces = [0.61, 0.53, 0.72].flatMap((seconds) => [makeSines([440], seconds, -6), silence(0.15)]);
    const tone = steadyTone(wav(silence(0.4), ...pieces))!;
    assert.ok(Math.abs(tone.hz - 440) < 1 && Math.abs(tone.levelDb + 6) < 0.3, JSON.stringify(tone));
    assert.ok(tone.seconds >= 1 && tone.seconds <= 1.6, `${tone.seconds} s`);
    assert.equal(
      steadyTone(wav(makeSines([440], 0.6, -6), silence(1.5), makeSines([440], 0.6, -6)))!.seconds <= 1.2,
      true,
    );
    assert.equal(steadyTone(wav(silence(1))), undefined);
    assert.equal(steadyTone(wav(noise(1, 0.3)))?.seconds ?? 0, 0);
  });

  test("tells when which tone sounded", () => {
    const all = stretches(
      wav(makeSines([440], 0.5, -6), silence(0.3), makeSines([660], 0.4, -12), noise(0.3, 0.2)),
      [440, 660, 880],
    );
    assert.deepEqual(
      all.map(({ hz }) => hz),
      [440, 660],
    );
    const [first, second] = all as [(typeof all)[0], (typeof all)[0]];
    assert.ok(first.fromMs < 20 && Math.abs(first.toMs - 500) < 40, JSON.stringify(first));
    assert.ok(Math.abs(second.fromMs - 800) < 40 && Math.abs(second.toMs - 1_200) < 40, JSON.stringify(second));
    assert.ok(Math.abs(second.levelDb + 12) < 1.5, JSON.stringify(second));
  });

  test("counts how long one tone sounded", () => {
    const ms = soundedMs(wav(makeSines([440], 0.5, -6), silence(0.3), makeSines([440], 0.25, -6)), 440);
    assert.ok(Math.abs(ms - 750) < 80, `${ms} ms`);
  });

  test("reads every digit, repeated ones too, and none from speech-like noise or single tones", () => {
    const digits = "0123456789*#ABCD55";
    const parts = [...digits].flatMap((digit) => [makeSines(digitTones(digit), 0.08, -12), silence(0.08)]);
    assert.equal(digitsIn(wav(...parts)), digits);
    assert.equal(digitsIn(wav(makeSines([697], 0.5, -6), makeSines([1_209], 0.5, -6), noise(1, 0.3))), "");
  });

  test("what is written is read again, with a header that does not know its length too", async () => {
    await using folder = await makeTempFolder("wav");
    const file = folder.file("tone.wav");
    const before = wav(makeSines([440], 0.5, -6));
    await writeWav(file, before);
    const after = (await readWav(file))!;
    assert.equal(after.sampleRate, 8_000);
    assert.ok(after.samples.every((sample, at) => Math.abs(sample - before.samples[at]!) < 1e-4));
    const octets = await readFile(file);
    octets.writeUInt32LE(0, 40);
    await writeFile(file, octets);
    assert.deepEqual((await readWav(file))!.samples, after.samples);
    assert.equal(await readWav(folder.file("none.wav")), undefined);
  });

  test("reads floats in stereo, mixed down", async () => {
    await using folder = await makeTempFolder("wav");
    const octets = Buffer.alloc(44 + 2 * 8);
    octets.write("RIFF____WAVEfmt ", 0, "latin1");
    octets.writeUInt32LE(16, 16);
    octets.writeUInt16LE(3, 20);
    octets.writeUInt16LE(2, 22);
    octets.writeUInt32LE(48_000, 24);
    octets.write("data", 36, "latin1");
    octets.writeUInt32LE(16, 40);
    [0.5, 0.25, -1, 0].forEach((value, index) => {
      octets.writeFloatLE(value, 44 + index * 4);
    });
    await writeFile(folder.file("floats.wav"), octets);
    assert.deepEqual(await readWav(folder.file("floats.wav")), {
      sampleRate: 48_000,
      samples: Float64Array.of(0.375, -0.5),
    });
  });
});
