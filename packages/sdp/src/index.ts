/** Session descriptions (RFC 8866) and offer/answer (RFC 3264). Pure: no clock, no network, no random numbers. */

export type { AnswerPolicy } from "./answer.ts";
export { codecsOf, type DescribedCodec, isCompanion, matchingCodec, sameCodec } from "./codecs.ts";
export {
  type CryptoAttribute,
  type CryptoSuite,
  cryptoSuiteNamed,
  cryptoSuites,
  formatCrypto,
  parseCrypto,
  type SdesKey,
  usableKey,
} from "./crypto-attribute.ts";
export {
  type Attribute,
  attribute,
  attributesNamed,
  describe,
  formatSdp,
  inheritedAttribute,
  type MediaDescription,
  maxMediaSections,
  maxSdpChars,
  parseSdp,
  type SessionDescription,
} from "./description.ts";
export { both, type Direction, directionOf, isDirection, receives, reversed, sends } from "./direction.ts";
export { type Fingerprint, formatFingerprint, parseFingerprint, type Setup } from "./dtls-attributes.ts";
export { type ExtensionMap, formatExtensionMap, parseExtensionMap } from "./extmap.ts";
export { type FormatParameters, parametersMatch, parseFormatParameters } from "./fmtp.ts";
export { formatCandidate, type IceCandidate, type IceParameters, parseCandidate } from "./ice-attributes.ts";
export { formatSdpLines, maxSdpLines, parseSdpLines, type SdpLine, type SdpSections } from "./lines.ts";
export {
  type NegotiatedCodec,
  type NegotiatedDtls,
  type NegotiatedSdes,
  type NegotiatedSession,
  type NegotiatedStream,
  type TransportAddress,
  telephoneEventFor,
} from "./negotiated.ts";
export { type Answer, OfferAnswer, type OfferAnswerOptions, type OfferAnswerState } from "./offer-answer.ts";
export { formatProfile, type Profile, profileOf } from "./profile.ts";
export {
  bundleGroups,
  isHeld,
  remoteAddress,
  remoteDirection,
  remoteFingerprints,
  remoteIce,
  remoteRtcpAddress,
} from "./remote-section.ts";
export { formatRtpMap, parseRtpMap, type RtpMap, staticPayload, staticPayloadTypeOf } from "./rtpmap.ts";
export type {
  CodecSettings,
  DtlsSettings,
  IceSettings,
  SdesSettings,
  SecuritySettings,
  StreamChoice,
  StreamSettings,
} from "./settings.ts";
export {
  addressTypeOf,
  type Bandwidth,
  type Connection,
  formatConnection,
  formatMediaLine,
  formatOrigin,
  isNullAddress,
  type MediaLine,
  type Origin,
  parseBandwidth,
  parseConnection,
  parseMediaLine,
  parseOrigin,
} from "./values.ts";
