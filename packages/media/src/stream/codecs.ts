/** Codecs by the names of a=rtpmap. */

import { type Codec, g722, l16, opus, pcma, pcmu } from "@trapezoid/codec";
import type { MediaCodec } from "../config.ts";
import { unknownCodec } from "../errors.ts";

/** Throws `MEDIA_UNKNOWN_CODEC`. */
export function codecOf({ name, clockRate }: MediaCodec): Codec {
  switch (name.toLowerCase()) {
    case "pcmu":
      return pcmu;
    case "pcma":
      return pcma;
    case "g722":
      return g722;
    case "opus":
      return opus;
    case "l16":
      return l16(clockRate);
    default:
      throw unknownCodec(name);
  }
}

/** The companion of that name which goes with a clock rate, else any. RFC 4733 §2.1. */
export function companionOf(
  companions: readonly MediaCodec[] | undefined,
  name: string,
  clockRate: number,
): MediaCodec | undefined {
  const named = companions?.filter((one) => one.name.toLowerCase() === name) ?? [];
  return named.find((one) => one.clockRate === clockRate) ?? named[0];
}
