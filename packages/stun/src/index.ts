/** STUN message codec. RFC 8489. Pure: octets in, octets out. */

export {
  errorCode,
  mappedAddress,
  readErrorCode,
  readText,
  readUnknownAttributes,
  readXorAddress,
  type StunAddress,
  type StunError,
  stunReasons,
  textAttribute,
  unknownAttributes,
  xorAddress,
} from "./attributes.ts";
export { answerBinding, type BindingOptions, bindingRequest, unknownRequired } from "./binding.ts";
export { type EncodeOptions, encodeStun, type NewAttribute, type NewStunMessage } from "./encode.ts";
export {
  checkIntegrity,
  type IntegrityCheck,
  type IntegrityKind,
  longTermKey,
  type StunDigest,
  type StunHash,
  shortTermKey,
} from "./integrity.ts";
export { formatIp, parseIp } from "./ip.ts";
export {
  decodeStun,
  findAttribute,
  isStun,
  type RawAttribute,
  StunAttribute,
  type StunClass,
  type StunMessage,
  StunMethod,
} from "./message.ts";
