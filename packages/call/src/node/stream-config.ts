/** What offer and answer agreed on, as media takes it, and as applications see it. */

import type { MediaAddress, MediaCodec, StreamConfig, ZrtpConfig } from "@trapezoid/media";
import { isNullAddress, type NegotiatedCodec, type NegotiatedSession, type NegotiatedStream } from "@trapezoid/sdp";
import type { AgreedMedia, AgreedStream } from "../values.ts";

/** `zrtp`: where it is spoken. `before`: where media went; a stream that is held by the null address keeps it (RFC 3264 §8.4). */
export function streamConfig(
  stream: NegotiatedStream,
  before: MediaAddress | undefined,
  zrtp: ZrtpConfig | undefined,
): StreamConfig {
  const isNull = isNullAddress(stream.remote.address);
  const remote = isNull ? (before ?? stream.remote) : stream.remote;
  return {
    // Nothing at all can be sent to the null address, not even reports.
    direction: isNull && before === undefined ? "inactive" : stream.direction,
    remote,
    ...(isNull ? {} : { remoteRtcp: stream.remoteRtcp }),
    rtcpMux: stream.rtcpMux,
    codecs: stream.codecs.map(mediaCodec),
    companions: stream.companions.map(mediaCodec),
    ptime: stream.ptime,
    sdes: stream.sdes,
    zrtp,
  };
}

function mediaCodec(codec: NegotiatedCodec): MediaCodec {
  const { name, clockRate, channels, sendPayloadType, receivePayloadType, sendParameters, feedback } = codec;
  return { name, clockRate, channels, sendPayloadType, receivePayloadType, sendParameters, feedback };
}

export function streamOf(session: NegotiatedSession, kind: "audio" | "video"): NegotiatedStream | undefined {
  return session.streams.find((stream) => stream.kind === kind && stream.active);
}

/** `hasZrtp`: whether ZRTP has agreed on keys for a stream. */
export function agreedMedia(
  session: NegotiatedSession,
  hasZrtp: (kind: "audio" | "video") => boolean = () => false,
): AgreedMedia {
  return {
    audio: agreedStream(session, "audio", hasZrtp("audio")),
    video: agreedStream(session, "video", hasZrtp("video")),
  };
}

function agreedStream(session: NegotiatedSession, kind: "audio" | "video", hasZrtp: boolean): AgreedStream | undefined {
  const stream = streamOf(session, kind);
  const codec = stream?.codecs[0];
  if (stream === undefined || codec === undefined) return undefined;
  return {
    kind,
    codec: codec.name,
    clockRate: codec.clockRate,
    direction: stream.direction,
    heldByRemote: stream.heldByRemote,
    security: stream.sdes !== undefined ? "sdes" : hasZrtp ? "zrtp" : "none",
    takesDigitEvents: stream.companions.some(({ name }) => name.toLowerCase() === "telephone-event"),
  };
}
