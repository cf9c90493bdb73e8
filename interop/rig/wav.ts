/** WAV files of peers: PCM of 16 bits and floats of 32, any rate; channels are mixed down, or one is chosen. Written as 16-bit mono. */

import { readFile, writeFile } from "node:fs/promises";

export interface Wav {
  readonly sampleRate: number;
  /** Full scale is 1. */
  readonly samples: Float64Array;
}

/** Reads what is there: the header of a recording that still runs says nothing of its length. `undefined` while there is no header yet. */
export async function readWav(file: string, channel: "all" | "left" | "right" = "all"): Promise<Wav | undefined> {
  const octets = await readFile(file).catch(() => undefined);
  if (octets === undefined || octets.length < 44 || octets.toString("latin1", 0, 4) !== "RIFF") return undefined;
  let format: { tag: number; channels: number; sampleRate: number } | undefined;
  for (let at = 12; at + 8 <= octets.length; ) {
    const name = octets.toString("latin1", at, at + 4);
    const size = octets.readUInt32LE(at + 4);
    const begin = at + 8;
    if (name === "fmt ") {
      format = {
        // WAVE_FORMAT_EXTENSIBLE keeps the true tag in its GUID.
        tag: octets.readUInt16LE(begin) === 0xfffe ? octets.readUInt16LE(begin + 24) : octets.readUInt16LE(begin),
        channels: octets.readUInt16LE(begin + 2),
        sampleRate: octets.readUInt32LE(begin + 4),
      };
    }
    if (name === "data") {
      if (format === undefined) throw new Error(`${file} has samples before their format`);
      const end = size === 0 || begin + size > octets.length ? octets.length : begin + size;
      return { sampleRate: format.sampleRate, samples: samplesOf(octets.subarray(begin, end), format, channel) };
    }
    at = begin + size + (size % 2);
  }
  return undefined;
}

function samplesOf(
  octets: Buffer,
  { tag, channels }: { tag: number; channels: number },
  chosen: "all" | "left" | "right",
): Float64Array {
  if (tag !== 1 && tag !== 3) throw new Error(`WAV of format ${tag}; expected PCM (1) or floats (3)`);
  const width = tag === 1 ? 2 : 4;
  const samples = new Float64Array(Math.floor(octets.length / width / channels));
  for (let index = 0; index < samples.length; index++) {
    const value = (channel: number): number => {
      const at = (index * channels + channel) * width;
      return tag === 1 ? octets.readInt16LE(at) / 32_768 : octets.readFloatLE(at);
    };
    if (chosen !== "all") samples[index] = value(chosen === "left" ? 0 : 1);
    else for (let channel = 0; channel < channels; channel++) samples[index]! += value(channel) / channels;
  }
  return samples;
}

export async function writeWav(file: string, { sampleRate, samples }: Wav): Promise<void> {
  const octets = Buffer.alloc(44 + samples.length * 2);
  octets.write("RIFF", 0, "latin1");
  octets.writeUInt32LE(36 + samples.length * 2, 4);
  octets.write("WAVEfmt ", 8, "latin1");
  octets.writeUInt32LE(16, 16);
  octets.writeUInt16LE(1, 20);
  octets.writeUInt16LE(1, 22);
  octets.writeUInt32LE(sampleRate, 24);
  octets.writeUInt32LE(sampleRate * 2, 28);
  octets.writeUInt16LE(2, 32);
  octets.writeUInt16LE(16, 34);
  octets.write("data", 36, "latin1");
  octets.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, index) => {
    octets.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767))), 44 + index * 2);
  });
  await writeFile(file, octets);
}

/** Sines of equal level, added up. Level in dB, 0 is a sine of full scale. */
export function makeSines(hz: readonly number[], seconds: number, levelDb: number, sampleRate = 8_000): Float64Array {
  const amplitude = 10 ** (levelDb / 20);
  return Float64Array.from({ length: Math.round(seconds * sampleRate) }, (_, index) =>
    hz.reduce((sum, one) => sum + amplitude * Math.sin((2 * Math.PI * one * index) / sampleRate), 0),
  );
}
