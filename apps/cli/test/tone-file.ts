/** WAV files with a sine in them, and the frequency of what is in one. RIFF, 16-bit PCM. */

import { readFileSync, writeFileSync } from "node:fs";

const sampleRate = 8_000;

/** Mono, half of full scale. */
export function writeTone(path: string, hz: number, seconds: number): void {
  const samples = Buffer.alloc(sampleRate * seconds * 2);
  for (let n = 0; n < sampleRate * seconds; n++) {
    samples.writeInt16LE(Math.round(16_384 * Math.sin((2 * Math.PI * hz * n) / sampleRate)), n * 2);
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(samples.length, 40);
  writeFileSync(path, Buffer.concat([head, samples]));
}

export interface Heard {
  /** By zero crossings, of the loudest half second. */
  readonly hz: number;
  /** Of full scale. */
  readonly peak: number;
  readonly seconds: number;
}

/** Of one channel, the first being 0. */
export function hearTone(path: string, channel: number): Heard {
  const file = readFileSync(path);
  const channels = file.readUInt16LE(22);
  const rate = file.readUInt32LE(24);
  const data = file.indexOf("data", 36, "latin1") + 8;
  const samples = new Int16Array(Math.floor((file.length - data) / 2 / channels));
  for (let n = 0; n < samples.length; n++) samples[n] = file.readInt16LE(data + (n * channels + channel) * 2);
  const length = rate >> 1;
  let best = { energy: -1, from: 0 };
  for (let from = 0; from + length <= samples.length; from += length >> 2) {
    const energy = samples.subarray(from, from + length).reduce((sum, sample) => sum + sample * sample, 0);
    if (energy > best.energy) best = { energy, from };
  }
  const loudest = samples.subarray(best.from, best.from + length);
  let crossings = 0;
  for (let n = 1; n < loudest.length; n++) if (loudest[n - 1]! < 0 !== loudest[n]! < 0) crossings++;
  return {
    hz: (crossings / 2) * (rate / Math.max(1, loudest.length)),
    peak: loudest.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0) / 32_768,
    seconds: samples.length / rate,
  };
}
