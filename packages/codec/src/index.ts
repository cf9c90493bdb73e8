/** Speech codecs and resampling. */

export { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from "./g711.ts";
