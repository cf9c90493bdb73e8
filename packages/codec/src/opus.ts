/** Opus by libopus as WebAssembly, loaded on first use. RFC 6716, RFC 7587. */

import type { Codec, Decoder, Encoder, EncoderOptions } from "./codec.ts";

type Libopus = typeof import("libopus-wasm");

let library: Promise<Libopus> | undefined;

/** One instance of the library for all codecs: its functions have no state but what their handles hold. */
function load(): Promise<Libopus> {
  library ??= import("libopus-wasm").then(async (module) => {
    await module.loadLibopus();
    return module;
  });
  return library;
}

type Handle<T extends "createEncoder" | "createDecoder"> = Awaited<ReturnType<Libopus[T]>>;

/** Voice at 20 ms: complexity costs more than it gains beyond this. */
const defaultComplexity = 5;
const defaultBitrate = 32_000;
const sampleRates = [8_000, 12_000, 16_000, 24_000, 48_000] as const;
type OpusRate = (typeof sampleRates)[number];

/** RFC 6716 §3.1: samples of a packet, from its first octets; 0 when it cannot be one. */
export function opusSamples(packet: Uint8Array, sampleRate: number): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const configuration = toc >> 3;
  const perMs = sampleRate / 1_000;
  const frame =
    configuration >= 16
      ? (perMs * 5 * 2 ** (configuration & 3)) / 2
      : configuration >= 12
        ? perMs * (configuration & 1 ? 20 : 10)
        : perMs * [10, 20, 40, 60][configuration & 3]!;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code === 3 ? (packet[1] ?? 0) & 0x3f : 2;
  const samples = frame * frames;
  // §3.2.5: at most 120 ms.
  return samples > perMs * 120 ? 0 : samples;
}

/** RFC 7587 §6.1: what the receiver's a=fmtp asks of us. */
function readParameters(text: string | undefined): { fec: boolean; dtx: boolean; bitrate: number | undefined } {
  const value = (name: string): string | undefined =>
    new RegExp(`(?:^|;)\\s*${name}=(\\d+)`, "i").exec(text ?? "")?.[1];
  const bitrate = value("maxaveragebitrate");
  return {
    fec: value("useinbandfec") === "1",
    dtx: value("usedtx") === "1",
    bitrate: bitrate === undefined ? undefined : Math.max(6_000, Math.min(510_000, Number(bitrate))),
  };
}

class OpusEncoder implements Encoder {
  readonly sampleRate = 48_000;
  readonly channels = 1;
  readonly #handle: Handle<"createEncoder">;

  constructor(handle: Handle<"createEncoder">) {
    this.#handle = handle;
  }

  encode(samples: Int16Array): Uint8Array {
    const packet = this.#handle.encode(samples, { frameSize: samples.length });
    // RFC 6716 §2.1.9: one or two octets are nothing but a sign of life, and need not be sent.
    return packet.length <= 2 ? packet.subarray(0, 0) : packet;
  }

  [Symbol.dispose](): void {
    this.#handle.free();
  }
}

class OpusDecoder implements Decoder {
  readonly channels = 1;
  readonly sampleRate: OpusRate;
  readonly #handle: Handle<"createDecoder">;

  constructor(handle: Handle<"createDecoder">, sampleRate: OpusRate) {
    this.#handle = handle;
    this.sampleRate = sampleRate;
  }

  samplesOf(payload: Uint8Array): number {
    return opusSamples(payload, this.sampleRate);
  }

  decode(payload: Uint8Array): Int16Array | undefined {
    if (this.samplesOf(payload) === 0) return undefined;
    try {
      return this.#handle.decode(payload);
    } catch {
      // The library's error for a payload that is no Opus: the caller conceals it.
      return undefined;
    }
  }

  /** RFC 6716 §4.4: the packet behind a loss may carry it a second time. */
  conceal(samples: number, next?: Uint8Array): Int16Array {
    try {
      if (next !== undefined && this.samplesOf(next) > 0) {
        return this.#handle.decode(next, { decodeFec: true, frameSize: samples });
      }
      return this.#handle.decodePacketLoss(samples);
    } catch {
      return new Int16Array(samples);
    }
  }

  [Symbol.dispose](): void {
    this.#handle.free();
  }
}

export const opus: Codec = {
  name: "opus",
  clockRate: 48_000,
  // RFC 7587 §7: always 2, whatever is inside.
  channels: 2,
  sampleRate: 48_000,
  parameters: "useinbandfec=1",
  async createEncoder(options: EncoderOptions = {}) {
    const { createEncoder, Application } = await load();
    const asked = readParameters(options.parameters);
    const bitrate = Math.min(options.bitrate ?? defaultBitrate, asked.bitrate ?? 510_000);
    return new OpusEncoder(
      await createEncoder({
        application: Application.Voip,
        sampleRate: 48_000,
        channels: 1,
        bitrate,
        complexity: options.complexity ?? defaultComplexity,
        fec: asked.fec,
        dtx: asked.dtx,
        packetLossPercent: Math.round((options.expectedLoss ?? (asked.fec ? 0.05 : 0)) * 100),
      }),
    );
  },
  async createDecoder({ sampleRate = 48_000 } = {}) {
    const rate = sampleRates.find((one) => one === sampleRate);
    if (rate === undefined) throw new TypeError(`Opus decodes to ${sampleRates.join(", ")} Hz, not to ${sampleRate}`);
    const { createDecoder } = await load();
    return new OpusDecoder(await createDecoder({ sampleRate: rate, channels: 1 }), rate);
  },
};
