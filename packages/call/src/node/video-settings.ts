/** What a call of Node offers for video: names alone, since nobody decodes it here. RFC 6184, RFC 7741, RFC 4585. */

import type { CodecSettings } from "@trapezoid/sdp";
import { CallError } from "../errors.ts";

export const defaultVideoCodecs: readonly string[] = ["H264", "VP8"];

/** Requests for a picture that stands alone: RFC 4585 §6.3.1, RFC 5104 §4.3.1. */
const feedback = ["nack pli", "ccm fir"] as const;

const known: Readonly<Record<string, CodecSettings>> = {
  // RFC 6184 §8.1: constrained baseline, level 3.1, which every phone with H.264 has.
  H264: { name: "H264", clockRate: 90_000, parameters: "profile-level-id=42e01f;packetization-mode=1", feedback },
  VP8: { name: "VP8", clockRate: 90_000, feedback },
  VP9: { name: "VP9", clockRate: 90_000, feedback },
  H265: { name: "H265", clockRate: 90_000, feedback },
  AV1: { name: "AV1", clockRate: 90_000, feedback },
};

/** By names. Throws a `CallError` for one that has no settings here. */
export function videoSettings(names: readonly string[] = defaultVideoCodecs): CodecSettings[] {
  return names.map((name) => {
    const codec = known[name.toUpperCase()];
    if (codec !== undefined) return codec;
    throw new CallError(
      "CALL_UNKNOWN_CODEC",
      `there is no video codec ${name}; ${Object.keys(known).join(", ")} can be used`,
    );
  });
}
