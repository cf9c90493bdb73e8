/** Digest authentication for SIP, server and client. RFC 3261 §22, RFC 7616, RFC 8760. Pure: hashes and time are ports. */

export { type Algorithm, algorithmNamed, allAlgorithms } from "./algorithm.ts";
export type { AuthorizationHeader } from "./challenges.ts";
export {
  type DigestSecrets,
  digestSecrets,
  type Qop,
  requestDigest,
  responseDigest,
  sessionSecret,
} from "./computation.ts";
export {
  answerChallenges,
  createDigestClient,
  type DigestAnswer,
  type DigestClient,
  type DigestClientOptions,
  type DigestFailure,
  type HeaderLine,
} from "./digest-client.ts";
export {
  type ChallengeOptions,
  createDigestServer,
  type DigestServer,
  type DigestServerOptions,
  type VerifyOptions,
} from "./digest-server.ts";
export type { DigestAccount, DigestRequest } from "./digest-session.ts";
export type { IsOwnHost, UriCheck } from "./digest-uri.ts";
export type { Hash, HashName } from "./hash.ts";
export { workerOfNonce } from "./nonce.ts";
export {
  createNonceTable,
  defaultNonceSlots,
  NonceTable,
  type NonceTableOptions,
  type NonceUse,
} from "./nonce-table.ts";
export { algorithmsFor, type UserAgentRule, userAgentRules } from "./user-agents.ts";
export type { DigestAccepted, DigestRefusal, DigestRefused, DigestVerdict } from "./verdict.ts";
