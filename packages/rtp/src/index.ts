/** RTP and RTCP, and their protection. */

export * from "./errors.ts";
export {
  JitterBuffer,
  type JitterBufferCounters,
  type JitterBufferOptions,
  type Pulled,
  type Pushed,
} from "./jitter-buffer.ts";
export { decodeRtp, encodeRtp, type RtpFields, type RtpPacket, rtpHeaderBytes } from "./packet.ts";
export { estimateQuality, mosOf, type Quality, type QualityFacts } from "./quality.ts";
export {
  type Arrival,
  middleNtp,
  type NtpTime,
  ntpTime,
  Reception,
  type ReceptionTotals,
  roundTripMs,
} from "./reception.ts";
export { decodeRtcp } from "./rtcp/decode.ts";
export { encodeRtcp } from "./rtcp/encode.ts";
export {
  type FullIntraRequest,
  fullIntraRequest,
  fullIntraRequestsOf,
  isPictureLossIndication,
  pictureLossIndication,
} from "./rtcp/key-frames.ts";
export {
  type ApplicationPacket,
  type Bye,
  cnameItem,
  type ExtendedReport,
  type Feedback,
  type ReceiverReport,
  type ReceptionReport,
  type RtcpPacket,
  rtcpTypes,
  type SenderInfo,
  type SenderReport,
  type SourceDescription,
  type VoipMetrics,
} from "./rtcp/packets.ts";
export type { BlockCipher, GcmCipher, SrtpCiphers } from "./srtp/ciphers.ts";
export { SrtpReceiver, type SrtpReceiverCounters } from "./srtp/receiver.ts";
export { ReplayWindow, replayWindowPackets } from "./srtp/replay-window.ts";
export { type SrtpKeying, SrtpSender } from "./srtp/sender.ts";
export { type SrtpSuite, srtpSuite, srtpSuiteNames } from "./srtp/suites.ts";
export {
  DigitReceiver,
  type DigitTiming,
  decodeTelephoneEvent,
  defaultDigitTiming,
  digitOfEvent,
  digitPackets,
  type EventPacket,
  encodeTelephoneEvent,
  eventOfDigit,
  type TelephoneEvent,
} from "./telephone-event.ts";
export {
  type AgreementType,
  type AuthTagType,
  type CipherType,
  defaultAlgorithms as defaultZrtpAlgorithms,
  type HashType,
  type SasType,
  type ZrtpAlgorithms,
} from "./zrtp/algorithms.ts";
export {
  type CachedPeer,
  changedPeer,
  createZrtpCache,
  isExpired,
  type ZrtpCache,
  type ZrtpCacheChange,
} from "./zrtp/cache.ts";
export type { KeyAgreement, ZrtpCrypto } from "./zrtp/crypto.ts";
export type { ZrtpEffect, ZrtpFailure, ZrtpMaster, ZrtpSecurity, ZrtpWarning } from "./zrtp/effects.ts";
export { type ZrtpCounters, ZrtpEngine } from "./zrtp/engine.ts";
export type { ZrtpOptions } from "./zrtp/options.ts";
export { isZrtp, zrtpMessageType } from "./zrtp/packet.ts";
export type { RetainedSecrets } from "./zrtp/retained-secrets.ts";
