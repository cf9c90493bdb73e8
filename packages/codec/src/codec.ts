/** What a codec is to those who send and play: samples in, payload out, and back. */

export interface Encoder extends Disposable {
  /** Hz of the samples that it takes. */
  readonly sampleRate: number;
  readonly channels: number;
  /** One packet's payload from `frameSamples` samples of each channel, interleaved. An empty payload: nothing to send (DTX). The next call may write the array again. */
  encode(samples: Int16Array): Uint8Array;
}

export interface Decoder extends Disposable {
  /** Hz of the samples that it gives. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of each channel that a payload stands for, without decoding it; 0 when it is broken. */
  samplesOf(payload: Uint8Array): number;
  /** The samples of a payload, `undefined` when it is broken. The array may be used again by the next call. */
  decode(payload: Uint8Array): Int16Array | undefined;
  /** In place of a lost packet of so many samples; `next` is the payload behind it, when it is there already (FEC). */
  conceal(samples: number, next?: Uint8Array): Int16Array;
}

export interface EncoderOptions {
  /** a=fmtp of the receiver: what it wants to get. */
  readonly parameters?: string;
  /** Bits per second, where the codec leaves a choice. */
  readonly bitrate?: number;
  /** 0 to 10. */
  readonly complexity?: number;
  /** Share of packets that are lost, 0 to 1: how much redundancy is worth it. */
  readonly expectedLoss?: number;
}

export interface Codec {
  /** As IANA registered it. */
  readonly name: string;
  /** Hz of the RTP timestamp. */
  readonly clockRate: number;
  /** As in a=rtpmap. */
  readonly channels: number;
  /** Hz at which it works best. */
  readonly sampleRate: number;
  /** a=fmtp of ours. */
  readonly parameters?: string;
  createEncoder(options?: EncoderOptions): Encoder | Promise<Encoder>;
  createDecoder(options?: { readonly sampleRate?: number }): Decoder | Promise<Decoder>;
}
