/** Speech codecs and resampling. */

export type { Codec, Decoder, Encoder, EncoderOptions } from "./codec.ts";
export {
  type ComfortNoise,
  comfortNoiseOf,
  decodeComfortNoise,
  encodeComfortNoise,
  noiseLevelOf,
} from "./comfort-noise.ts";
export { Concealment } from "./concealment.ts";
export { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from "./g711.ts";
export { G722Decoder, G722Encoder } from "./g722.ts";
export { decodeL16, encodeL16 } from "./l16.ts";
export { NoiseSource } from "./noise-source.ts";
export { opus, opusSamples } from "./opus.ts";
export { type Heard, PauseDetector } from "./pause-detector.ts";
export { Resampler } from "./resampler.ts";
export { g722, l16, pcma, pcmu } from "./waveform-codecs.ts";
