/** G.711, G.722 and L16 as codecs: no state to speak of, concealment added. */

import type { Codec, Decoder, Encoder } from "./codec.ts";
import { Concealment } from "./concealment.ts";
import { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from "./g711.ts";
import { G722Decoder, G722Encoder } from "./g722.ts";
import { decodeL16, encodeL16 } from "./l16.ts";

/** More than any packet holds: 120 ms at 48 kHz. */
const maxSamples = 5_760;

interface Waveform {
  readonly sampleRate: number;
  /** Octets of a number of samples. */
  readonly bytes: (samples: number) => number;
  readonly samples: (bytes: number) => number;
  readonly encoder: () => (samples: Int16Array, out: Uint8Array) => void;
  readonly decoder: () => (octets: Uint8Array, out: Int16Array) => void;
}

class WaveformEncoder implements Encoder {
  readonly channels = 1;
  readonly sampleRate: number;
  readonly #waveform: Waveform;
  readonly #encode: (samples: Int16Array, out: Uint8Array) => void;
  #out = new Uint8Array(0);

  constructor(waveform: Waveform) {
    this.#waveform = waveform;
    this.sampleRate = waveform.sampleRate;
    this.#encode = waveform.encoder();
  }

  encode(samples: Int16Array): Uint8Array {
    const bytes = this.#waveform.bytes(samples.length);
    if (this.#out.length !== bytes) this.#out = new Uint8Array(bytes);
    this.#encode(samples, this.#out);
    return this.#out;
  }

  [Symbol.dispose](): void {}
}

class WaveformDecoder implements Decoder {
  readonly channels = 1;
  readonly sampleRate: number;
  readonly #waveform: Waveform;
  readonly #decode: (octets: Uint8Array, out: Int16Array) => void;
  readonly #concealment: Concealment;
  #out = new Int16Array(0);

  constructor(waveform: Waveform) {
    this.#waveform = waveform;
    this.sampleRate = waveform.sampleRate;
    this.#decode = waveform.decoder();
    this.#concealment = new Concealment(waveform.sampleRate);
  }

  samplesOf(payload: Uint8Array): number {
    const samples = this.#waveform.samples(payload.length);
    return samples > maxSamples ? 0 : samples;
  }

  decode(payload: Uint8Array): Int16Array | undefined {
    const samples = this.samplesOf(payload);
    if (samples === 0) return undefined;
    if (this.#out.length !== samples) this.#out = new Int16Array(samples);
    this.#decode(payload, this.#out);
    this.#concealment.received(this.#out);
    return this.#out;
  }

  conceal(samples: number): Int16Array {
    return this.#concealment.conceal(samples);
  }

  [Symbol.dispose](): void {}
}

function waveformCodec(name: string, clockRate: number, waveform: Waveform): Codec {
  return {
    name,
    clockRate,
    channels: 1,
    sampleRate: waveform.sampleRate,
    createEncoder: () => new WaveformEncoder(waveform),
    createDecoder: () => new WaveformDecoder(waveform),
  };
}

const one = (count: number): number => count;

/** G.711 µ-law. */
export const pcmu: Codec = waveformCodec("PCMU", 8_000, {
  sampleRate: 8_000,
  bytes: one,
  samples: one,
  encoder: () => encodeUlaw,
  decoder: () => decodeUlaw,
});

/** G.711 A-law. */
export const pcma: Codec = waveformCodec("PCMA", 8_000, {
  sampleRate: 8_000,
  bytes: one,
  samples: one,
  encoder: () => encodeAlaw,
  decoder: () => decodeAlaw,
});

/** RFC 3551 §4.5.2: 16 kHz, though its clock says 8,000. */
export const g722: Codec = waveformCodec("G722", 8_000, {
  sampleRate: 16_000,
  bytes: (samples) => samples >> 1,
  samples: (bytes) => bytes * 2,
  encoder: () => {
    const encoder = new G722Encoder();
    return (samples, out) => encoder.encode(samples, out);
  },
  decoder: () => {
    const decoder = new G722Decoder();
    return (octets, out) => decoder.decode(octets, out);
  },
});

/** Linear, one channel. */
export function l16(sampleRate: number): Codec {
  return waveformCodec("L16", sampleRate, {
    sampleRate,
    bytes: (samples) => samples * 2,
    samples: (bytes) => bytes >> 1,
    encoder: () => encodeL16,
    decoder: () => decodeL16,
  });
}
