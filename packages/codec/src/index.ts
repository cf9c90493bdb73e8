/** Speech codecs and resampling. */

export type { Codec, Decoder, Encoder, EncoderOptions } from "./codec.ts";
export { decodeComfortNoise, encodeComfortNoise, NoiseSource, noiseLevelOf } from "./comfort-noise.ts";
export { Concealment } from "./concealment.ts";
export { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from "./g711.ts";
export { G722Decoder, G722Encoder } from "./g722.ts";
export { decodeL16, encodeL16 } from "./l16.ts";
export { opus, opusSamples } from "./opus.ts";
export { Resampler } from "./resampler.ts";
export { g722, l16, pcma, pcmu } from "./waveform-codecs.ts";
