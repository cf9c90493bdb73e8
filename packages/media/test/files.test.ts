import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { encodeAlaw, encodeUlaw, opus } from "@trapezoid/codec";
import { type FileSource, openFile } from "../src/files/open-file.ts";
import { Recorder } from "../src/files/recorder.ts";
import { formatWavHeader, parseWav } from "../src/files/wav.ts";
import { oggPages } from "./ogg-pages.ts";
import { measure } from "./rig.ts";

const folder = mkdtempSync(path.join(tmpdir(), "trapezoid-media-"));
after(() => rmSync(folder, { recursive: true }));

function sine(hz: number, sampleRate: number, ms: number, amplitude = 8_000): Int16Array {
  return Int16Array.from({ length: (sampleRate * ms) / 1_000 }, (_, n) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * n) / sampleRate)),
  );
}

/** Everything that a source gives; frames that the disk was too slow for are asked for again. */
async function drain(source: FileSource, mostFrames = 10_000): Promise<Int16Array> {
  const frame = new Int16Array(source.sampleRate / 50);
  const all: number[] = [];
  for (let count = 0, { starved } = source; count < mostFrames && source.read(frame); ) {
    if (source.starved > starved) {
      starved = source.starved;
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    all.push(...frame);
    count++;
  }
  source[Symbol.dispose]();
  return Int16Array.from(all);
}

function wavOf(tag: number, bits: number, channels: number, sampleRate: number, data: Uint8Array): Uint8Array {
  const header = formatWavHeader(sampleRate, channels, data.length);
  const view = new DataView(header.buffer);
  view.setUint16(20, tag, true);
  view.setUint16(34, bits, true);
  return Buffer.concat([header, data]);
}

for (const sampleRate of [8_000, 11_025, 16_000, 22_050, 44_100, 48_000]) {
  test(`WAV of 16 bits at ${sampleRate} Hz is played whole`, async () => {
    const file = path.join(folder, `pcm-${sampleRate}.wav`);
    writeFileSync(file, wavOf(1, 16, 1, sampleRate, new Uint8Array(sine(400, sampleRate, 3_000).buffer)));
    const source = await openFile(file);
    assert.ok(Math.abs(source.sampleRate / sampleRate - 1) < 0.003);
    const rate = source.sampleRate;
    const { purity, amplitude } = measure((await drain(source)).subarray(0, rate * 2), 400, rate);
    assert.ok(purity > 0.97 && Math.abs(amplitude - 8_000) < 200, `${purity}, ${amplitude}`);
  });
}

test("WAV of µ-law and A-law, and two channels become one", async () => {
  const tone = sine(400, 8_000, 1_000);
  for (const [tag, encode] of [
    [7, encodeUlaw],
    [6, encodeAlaw],
  ] as const) {
    const octets = new Uint8Array(tone.length);
    encode(tone, octets);
    const file = path.join(folder, `law-${tag}.wav`);
    writeFileSync(file, wavOf(tag, 8, 1, 8_000, octets));
    assert.ok(measure(await drain(await openFile(file)), 400).purity > 0.99);
  }
  const both = new Int16Array(tone.length * 2);
  for (const [index, sample] of tone.entries()) both[2 * index] = sample;
  const file = path.join(folder, "stereo.wav");
  writeFileSync(file, wavOf(1, 16, 2, 8_000, new Uint8Array(both.buffer)));
  const { purity, amplitude } = measure(await drain(await openFile(file)), 400);
  assert.ok(purity > 0.99 && Math.abs(amplitude - 4_000) < 50, `${amplitude}`);
});

test("a file goes round when it is asked to, and ends when it is not", async () => {
  const file = path.join(folder, "short.wav");
  writeFileSync(file, wavOf(1, 16, 1, 8_000, new Uint8Array(sine(400, 8_000, 100).buffer)));
  assert.equal((await drain(await openFile(file))).length, 800);
  const looped = await drain(await openFile(file, true), 400);
  assert.equal(looped.length, 400 * 160);
  assert.ok(looped.subarray(-8_000).some((sample) => sample > 7_000));
});

test("what cannot be played is told by name and reason", async () => {
  const cases: readonly (readonly [string, Uint8Array | undefined])[] = [
    ["missing.wav", undefined],
    ["empty.wav", new Uint8Array(0)],
    ["text.wav", Buffer.from("this is no sound at all")],
    ["float.wav", wavOf(3, 32, 1, 8_000, new Uint8Array(64))],
    ["rate.wav", wavOf(1, 16, 1, 5, new Uint8Array(64))],
    ["cut.wav", wavOf(1, 16, 1, 8_000, new Uint8Array(0)).subarray(0, 30)],
    ["ogg.opus", Buffer.concat(oggPages([Buffer.from("OpusTail and more than nineteen octets")]))],
  ];
  for (const [name, octets] of cases) {
    const file = path.join(folder, name);
    if (octets !== undefined) writeFileSync(file, octets);
    await assert.rejects(openFile(file), { code: "MEDIA_BAD_FILE" }, name);
  }
});

test("Opus in Ogg: pre-skip is left out, the last page cuts the end (RFC 7845 §4.2, §4.4)", async () => {
  using encoder = await opus.createEncoder();
  const samples = sine(400, 48_000, 2_000);
  const head = Buffer.alloc(19);
  head.write("OpusHead", 0, "latin1");
  head[8] = 1;
  head[9] = 1;
  head.writeUInt16LE(312, 10);
  head.writeUInt32LE(48_000, 12);
  const audio: Uint8Array[] = [];
  for (let at = 0; at + 960 <= samples.length; at += 960)
    audio.push(encoder.encode(samples.subarray(at, at + 960)).slice());
  const end = audio.length * 960 - 500;
  const file = path.join(folder, "tone.opus");
  writeFileSync(file, Buffer.concat(oggPages([head, Buffer.from("OpusTags........"), ...audio], end)));
  const heard = await drain(await openFile(file));
  assert.equal(heard.length, Math.ceil((end - 312) / 960) * 960);
  assert.equal(
    heard.subarray(end - 312).every((sample) => sample === 0),
    true,
  );
  const { purity, amplitude } = measure(heard.subarray(4_800, 90_000), 400, 48_000);
  assert.ok(purity > 0.97 && Math.abs(amplitude - 8_000) < 800, `${purity}, ${amplitude}`);
});

test("a recording of both sides: mixed, or one on each channel", async () => {
  const sent = sine(400, 8_000, 20);
  const heard = sine(1_000, 8_000, 20);
  for (const channels of ["mono", "dual"] as const) {
    const file = path.join(folder, `recording-${channels}.wav`);
    const recorder = await Recorder.open({ path: file, channels }, assert.fail);
    for (let frame = 0; frame < 110; frame++) recorder.frame(sent, heard);
    const { bytes, ms } = await recorder.finish();
    assert.equal(ms, 2_200);
    const octets = readFileSync(file);
    assert.equal(octets.length, 44 + bytes);
    const format = parseWav(octets);
    assert.ok(format.ok && format.value.dataBytes === bytes);
    const samples = new Int16Array(new Uint8Array(octets.subarray(44)).buffer);
    if (channels === "mono") {
      assert.ok(Math.abs(measure(samples, 400).purity - 0.5) < 0.02);
      assert.ok(Math.abs(measure(samples, 1_000).purity - 0.5) < 0.02);
    } else {
      assert.ok(
        measure(
          samples.filter((_, index) => index % 2 === 0),
          400,
        ).purity > 0.99,
      );
      assert.ok(
        measure(
          samples.filter((_, index) => index % 2 === 1),
          1_000,
        ).purity > 0.99,
      );
    }
  }
});

test("a recording that was never finished is playable up to its last write", async () => {
  const file = path.join(folder, "crashed.wav");
  const recorder = await Recorder.open({ path: file }, assert.fail);
  const sent = sine(400, 8_000, 20);
  for (let frame = 0; frame < 60; frame++) recorder.frame(sent, new Int16Array(160));
  // Two writes of half a second are under way; wait for them as a disk would make us.
  for (let turn = 0; turn < 1_000 && readFileSync(file).length < 44 + 16_000; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const before = parseWav(readFileSync(file));
  assert.ok(before.ok && before.value.dataBytes >= 8_000, "the header says what is there");
  await recorder.finish();
});

test("a recording never overwrites, and ends at its limit", async () => {
  const file = path.join(folder, "limit.wav");
  const failures: Error[] = [];
  const recorder = await Recorder.open({ path: file, maxBytes: 20_000 }, (error) => failures.push(error));
  await assert.rejects(Recorder.open({ path: file }, assert.fail), { code: "MEDIA_RECORDING_FAILED" });
  for (let frame = 0; frame < 200; frame++) recorder.frame(new Int16Array(160), new Int16Array(160));
  const { bytes } = await recorder.finish();
  assert.equal(failures.length, 1);
  assert.ok(bytes <= 20_000);
});
