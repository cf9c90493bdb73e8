/** WAV headers: RIFF with a fmt and a data chunk. PCM of 16 bits, µ-law, A-law. RFC 2361 appendix A. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";

export type WavEncoding = "pcm16" | "ulaw" | "alaw";

export interface WavFormat {
  readonly encoding: WavEncoding;
  readonly channels: number;
  readonly sampleRate: number;
  /** Where samples begin in the file, octets. */
  readonly dataAt: number;
  /** Of the data chunk; `Infinity` when its writer did not say (a recording that was cut off, a stream). */
  readonly dataBytes: number;
}

/** RFC 2361 appendix A: format tags. Extensible ones name the true one in the first two octets of a GUID. */
const tags = { pcm: 1, alaw: 6, ulaw: 7, extensible: 0xfffe } as const;

/** From the beginning of a file, which must hold everything up to the samples. */
export function parseWav(octets: Uint8Array): Result<WavFormat, Fault> {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (octets.length < 12 || tagAt(octets, 0) !== "RIFF" || tagAt(octets, 8) !== "WAVE") {
    return fault("WAV_NOT_RIFF", "it does not begin with RIFF and WAVE");
  }
  let format: Omit<WavFormat, "dataAt" | "dataBytes"> | undefined;
  for (let at = 12; at + 8 <= octets.length; ) {
    const name = tagAt(octets, at);
    const size = view.getUint32(at + 4, true);
    if (name === "fmt ") {
      if (size < 16 || at + 8 + size > octets.length) return fault("WAV_SHORT", "its fmt chunk is cut off", at);
      const tag = view.getUint16(at + 8, true);
      const trueTag = tag === tags.extensible && size >= 26 ? view.getUint16(at + 32, true) : tag;
      const bits = view.getUint16(at + 22, true);
      const encoding = encodingOf(trueTag, bits);
      const channels = view.getUint16(at + 10, true);
      const sampleRate = view.getUint32(at + 12, true);
      if (encoding === undefined) return fault("WAV_ENCODING", `format ${trueTag} with ${bits} bits is not known`, at);
      if (channels < 1 || channels > 8) return fault("WAV_CHANNELS", `${channels} channels are too many or none`, at);
      if (sampleRate < 1_000 || sampleRate > 192_000) return fault("WAV_RATE", `${sampleRate} Hz cannot be played`, at);
      format = { encoding, channels, sampleRate };
    } else if (name === "data") {
      if (format === undefined) return fault("WAV_ORDER", "its samples come before their format", at);
      const isOpen = size === 0 || size === 0xffff_ffff;
      return ok({ ...format, dataAt: at + 8, dataBytes: isOpen ? Infinity : size });
    }
    // Chunks are filled up to an even length.
    at += 8 + size + (size & 1);
  }
  return fault("WAV_NO_DATA", "no samples were found in its first octets", octets.length);
}

/** Header of a file of 16-bit samples: 44 octets. */
export function formatWavHeader(sampleRate: number, channels: number, dataBytes: number): Uint8Array {
  const header = new Uint8Array(wavHeaderBytes);
  const view = new DataView(header.buffer);
  const text = (at: number, value: string): void => {
    for (let index = 0; index < 4; index++) header[at + index] = value.charCodeAt(index);
  };
  text(0, "RIFF");
  view.setUint32(4, Math.min(0xffff_ffff, wavHeaderBytes - 8 + dataBytes), true);
  text(8, "WAVE");
  text(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, tags.pcm, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, Math.min(0xffff_ffff, dataBytes), true);
  return header;
}

export const wavHeaderBytes = 44;

function encodingOf(tag: number, bits: number): WavEncoding | undefined {
  if (tag === tags.pcm && bits === 16) return "pcm16";
  if (tag === tags.alaw && bits === 8) return "alaw";
  return tag === tags.ulaw && bits === 8 ? "ulaw" : undefined;
}

function tagAt(octets: Uint8Array, at: number): string {
  return String.fromCharCode(...octets.subarray(at, at + 4));
}
