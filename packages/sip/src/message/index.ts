/** SIP messages: parse lazily, read typed, build, splice, frame, check. Runs in Node and in browsers. RFC 3261 §7, §19, §20, §25. */

export {
  type Challenge,
  type Credentials,
  formatAuthParams,
  formatChallenge,
  formatCredentials,
  parseAuthParams,
  parseChallenge,
  parseCredentials,
} from "./auth-values.ts";
export { buildRequest, buildResponse, type HeaderLine, type ResponseParts } from "./build.ts";
export { formatCSeq, parseCSeq } from "./cseq.ts";
export { defineHeader } from "./define-header.ts";
export { defaultExcessLimits, type Excess, type ExcessLimits, findExcess } from "./excess.ts";
export { featureScore, featuresMatch } from "./feature-match.ts";
export {
  type Feature,
  type FeatureFilter,
  getFeature,
  maxFeatures,
  readFeatures,
  withFeature,
} from "./feature-tags.ts";
export * from "./fields.ts";
export { defaultFramerLimits, type Framed, type FramerLimits, StreamFramer } from "./framing.ts";
export { compactForms, HeaderId, headerId, type KnownHeaderName, knownHeaderNames } from "./header-id.ts";
export { type HeaderFieldEntry, headerFields } from "./header-table.ts";
export { bracket, hostEquals, hostKey, ipv6Groups, isIpAddress, isIpv4, isIpv6, unbracket } from "./host.ts";
export { equalsIgnoreCase, isToken, quote, splitList, unquote, utf8Decode, utf8Encode } from "./lexer.ts";
export {
  defaultMessageLimits,
  type MessageLimits,
  parseMessage,
  SipMessage,
  SipRequest,
  SipResponse,
} from "./message.ts";
export { defineMethod, type KnownMethod, type MethodDefinition, methods, type SipMethod } from "./methods.ts";
export {
  type BodyPart,
  bodyParts,
  boundaryOf,
  chooseBoundary,
  formatMultipart,
  maxBodyParts,
  parseMultipart,
  partHeader,
} from "./multipart.ts";
export { formatNameAddr, nameAddr, parseNameAddr, userOf } from "./name-addr.ts";
export {
  askForLoss,
  asksForLoss,
  formatLoss,
  type OverloadParams,
  overloadOf,
  overloadParamsAt,
  withOverloadParams,
} from "./overload-params.ts";
export { defineParam, type ParamField, type ParamValue } from "./param-field.ts";
export * from "./param-fields.ts";
export { formatParams, getParam, hasParam, noParams, parseParams, withoutParam, withParam } from "./params.ts";
export { formatProducts, type Product, parseProducts } from "./products.ts";
export { reasonPhrase } from "./reason-phrases.ts";
export { type Edit, splice } from "./splice.ts";
export {
  escapeParam,
  escapeUser,
  formatUri,
  isSipUri,
  isTelUri,
  parseUri,
  sipUri,
  telUriEquals,
  unescapeUri,
  uriEquals,
} from "./uri.ts";
export { checkRequest, checkResponse, type Verdict } from "./validate.ts";
export type { HeaderField, NameAddr, OtherUri, Param, Params, SipUri, TelUri, Uri } from "./values.ts";
export { createVia, formatVia, parseVia } from "./via.ts";
