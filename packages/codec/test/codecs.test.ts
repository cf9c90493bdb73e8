import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  type Codec,
  G722Decoder,
  G722Encoder,
  g722,
  l16,
  opus,
  opusSamples,
  pcma,
  pcmu,
  Resampler,
} from "../src/index.ts";
import { referenceSpeech } from "./reference-signal.ts";

const data = `${import.meta.dirname}/data`;

function tone(hz: number, sampleRate: number, ms: number, amplitude = 8_000): Int16Array {
  return Int16Array.from({ length: (sampleRate * ms) / 1_000 }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * index) / sampleRate)),
  );
}

/** Effective amplitude of one frequency (Goertzel), as the peak of a sine. */
function level(samples: Int16Array, hz: number, sampleRate: number): number {
  const w = (2 * Math.PI * hz) / sampleRate;
  let [re, im] = [0, 0];
  for (const [index, sample] of samples.entries()) {
    re += sample * Math.cos(w * index);
    im += sample * Math.sin(w * index);
  }
  return (2 * Math.hypot(re, im)) / samples.length;
}

function energy(samples: Int16Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
}

test("G.722 encodes and decodes octet for octet like another implementation (ITU-T G.722)", () => {
  const encoded = new Uint8Array(readFileSync(`${data}/reference.g722`));
  const signal = referenceSpeech();
  const ours = new Uint8Array(signal.length / 2);
  const encoder = new G722Encoder();
  // In packets: the state goes on from one to the next.
  for (let at = 0; at < signal.length; at += 320)
    encoder.encode(signal.subarray(at, at + 320), ours.subarray(at / 2, at / 2 + 160));
  assert.deepEqual(ours, encoded);
  const raw = readFileSync(`${data}/reference-decoded.raw`);
  const expected = Int16Array.from({ length: raw.length / 2 }, (_, index) => raw.readInt16LE(2 * index));
  const decoded = new Int16Array(signal.length);
  new G722Decoder().decode(encoded, decoded);
  assert.deepEqual(decoded, expected);
});

const codecs: readonly Codec[] = [pcmu, pcma, g722, l16(16_000), opus];

for (const codec of codecs) {
  test(`${codec.name}: a tone comes out as loud as it went in`, async () => {
    using encoder = await codec.createEncoder();
    using decoder = await codec.createDecoder();
    const frame = (encoder.sampleRate * 20) / 1_000;
    const input = tone(440, encoder.sampleRate, 1_000);
    const output: number[] = [];
    for (let at = 0; at < input.length; at += frame) {
      const payload = encoder.encode(input.subarray(at, at + frame));
      assert.equal(decoder.samplesOf(payload), frame);
      output.push(...decoder.decode(payload)!);
    }
    assert.equal(output.length, input.length);
    const measured = level(Int16Array.from(output.slice(output.length / 2)), 440, decoder.sampleRate);
    assert.ok(measured > 7_200 && measured < 8_800, `${measured}`);
  });

  test(`${codec.name}: a lost packet is filled with something like what was before, long gaps fall silent`, async () => {
    using encoder = await codec.createEncoder({ parameters: "useinbandfec=1", expectedLoss: 0.1 });
    using decoder = await codec.createDecoder();
    const frame = (encoder.sampleRate * 20) / 1_000;
    const input = tone(440, encoder.sampleRate, 400);
    for (let at = 0; at < input.length; at += frame) decoder.decode(encoder.encode(input.subarray(at, at + frame)));
    const filled = decoder.conceal(frame).slice();
    assert.equal(filled.length, frame);
    const share = level(filled, 440, decoder.sampleRate) / 8_000;
    assert.ok(share > 0.5 && share < 1.2, `${share}`);
    let last = filled;
    for (let gap = 0; gap < 20; gap++) last = decoder.conceal(frame).slice();
    assert.ok(energy(last) < 8_000 ** 2 / 200, "after 400 ms nothing should sound on");
  });

  test(`${codec.name}: noise for a payload is no exception`, async () => {
    using decoder = await codec.createDecoder();
    let state = 99;
    for (let length = 0; length < 400; length++) {
      const payload = Uint8Array.from({ length }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
        return state >> 16;
      });
      const samples = decoder.samplesOf(payload);
      const decoded = decoder.decode(payload);
      if (decoded !== undefined) assert.equal(decoded.length, samples);
    }
    assert.equal(decoder.decode(new Uint8Array(0)), undefined);
  });
}

/** Something like a voice: a gliding pitch with harmonics, in syllables. 48 kHz, 3 s. */
function syllables(): Int16Array {
  let phase = 0;
  return Int16Array.from({ length: 144_000 }, (_, index) => {
    const time = index / 48_000;
    phase += (2 * Math.PI * (120 + 40 * Math.sin(2 * Math.PI * 0.9 * time))) / 48_000;
    let value = 0;
    for (let harmonic = 1; harmonic < 24; harmonic++)
      value += Math.sin(phase * harmonic) / (1 + Math.abs(harmonic - 5));
    return Math.round(2_500 * value * Math.max(0, Math.sin(2 * Math.PI * 2.7 * time)));
  });
}

test("Opus: a lost packet comes back from the one behind it (RFC 6716 §4.4)", async () => {
  using encoder = await opus.createEncoder({ parameters: "useinbandfec=1", expectedLoss: 0.2, bitrate: 24_000 });
  using plain = await opus.createDecoder();
  using fec = await opus.createDecoder();
  using whole = await opus.createDecoder();
  const speech = syllables();
  let [repaired, guessed, count] = [0, 0, 0];
  const packets = Array.from({ length: Math.floor(speech.length / 960) }, (_, index) =>
    Uint8Array.from(encoder.encode(speech.subarray(index * 960, (index + 1) * 960))),
  );
  for (const [index, packet] of packets.entries()) {
    const right = whole.decode(packet)!.slice();
    const next = packets[index + 1];
    if (index % 4 !== 3 || next === undefined) {
      plain.decode(packet);
      fec.decode(packet);
      continue;
    }
    const error = (got: Int16Array): number => energy(got.map((sample, at) => sample - right[at]!));
    repaired += error(fec.conceal(960, next));
    guessed += error(plain.conceal(960));
    count++;
  }
  assert.ok(count > 3);
  assert.ok(repaired < guessed / 2, `${repaired} against ${guessed}`);
});

test("Opus: the length of a packet is told by its first octets (RFC 6716 §3.1)", () => {
  const toc = (configuration: number, code: number): number => (configuration << 3) | code;
  assert.equal(opusSamples(Uint8Array.of(toc(1, 0)), 48_000), 960);
  assert.equal(opusSamples(Uint8Array.of(toc(3, 1)), 48_000), 5_760);
  assert.equal(opusSamples(Uint8Array.of(toc(12, 0)), 8_000), 80);
  assert.equal(opusSamples(Uint8Array.of(toc(16, 0)), 48_000), 120);
  assert.equal(opusSamples(Uint8Array.of(toc(31, 3), 3), 48_000), 2_880);
  assert.equal(opusSamples(Uint8Array.of(toc(31, 3), 63), 48_000), 0);
  assert.equal(opusSamples(new Uint8Array(0), 48_000), 0);
});

test("Opus: silence is not sent where the receiver allows it (RFC 7587 §6.1 usedtx)", async () => {
  using encoder = await opus.createEncoder({ parameters: "usedtx=1" });
  let sent = 0;
  for (let frame = 0; frame < 100; frame++) if (encoder.encode(new Int16Array(960)).length > 0) sent++;
  assert.ok(sent < 30, `${sent} of 100`);
});

for (const [from, to] of [
  [8_000, 16_000],
  [16_000, 8_000],
  [8_000, 48_000],
  [48_000, 8_000],
  [44_100, 8_000],
  [48_000, 16_000],
  [11_025, 48_000],
] as const) {
  test(`resampling ${from} to ${to} Hz keeps tones, drops what does not fit, and loses no sample`, () => {
    const seconds = 1;
    const resampler = new Resampler(from, to);
    const input = tone(1_000, from, 1_000 * seconds);
    const output: number[] = [];
    // Uneven pieces: the joints must not be heard.
    for (let at = 0, size = 1; at < input.length; at += size, size = (size * 7 + 3) % 401)
      output.push(...resampler.process(input.subarray(at, at + size)));
    assert.ok(Math.abs(output.length - to * seconds) <= to * 0.01, `${output.length}`);
    const middle = Int16Array.from(output.slice(Math.floor(to * 0.1), Math.floor(to * 0.9)));
    assert.ok(Math.abs(level(middle, 1_000, to) / 8_000 - 1) < 0.02, `${level(middle, 1_000, to)}`);
    const rest = energy(middle) - level(middle, 1_000, to) ** 2 / 2;
    assert.ok(rest < 8_000 ** 2 / 2 / 10 ** 5, `noise of ${10 * Math.log10(rest / (8_000 ** 2 / 2))} dB`);
    if (to < from) {
      const alias = new Resampler(from, to).process(tone(to / 2 + (from - to) / 4, from, 500));
      assert.ok(energy(alias.subarray(alias.length / 4)) < 8_000 ** 2 / 2 / 10 ** 5);
    }
  });
}
