/** The digest computation. RFC 7616 §3.4.1–3.4.3; without qop RFC 2069 §2.1.2. */

import { utf8Encode } from "../message/lexer.ts";
import type { Hash, HashName } from "./hash.ts";

export type Qop = "auth" | "auth-int";

/**
 * What a server keeps of a password: H(user:realm:password) per algorithm, hexadecimal. An account may lack some; it is
 * then refused with those algorithms.
 */
export interface DigestSecrets {
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
  readonly sha512_256?: string | undefined;
}

/** The secrets for all algorithms. */
export type AllDigestSecrets = { readonly [K in HashName]: string };

/** What a server stores of an account: made when its password is set, after which the password is forgotten. */
export function digestSecrets(hash: Hash, user: string, realm: string, password: string): AllDigestSecrets {
  const text = secretText(user, realm, password);
  return { md5: hash.md5(text), sha256: hash.sha256(text), sha512_256: hash.sha512_256(text) };
}

/** The secret for one algorithm. */
export function digestSecret(hash: Hash, name: HashName, user: string, realm: string, password: string): string {
  return hash[name](secretText(user, realm, password));
}

// RFC 7616 §4: user name and password are hashed as UTF-8 in Normalization Form C.
function secretText(user: string, realm: string, password: string): string {
  return utf8Encode(`${user.normalize("NFC")}:${realm}:${password.normalize("NFC")}`);
}

/** HA1 of a `-sess` algorithm (RFC 7616 §3.4.2). */
export function sessionSecret(hash: Hash, name: HashName, ha1: string, nonce: string, cnonce: string): string {
  return hash[name](`${ha1}:${nonce}:${cnonce}`);
}

/** H(A2). For the `rspauth` of a response the method is empty (RFC 7616 §3.5). */
export function requestDigest(
  hash: Hash,
  name: HashName,
  method: string,
  uri: string,
  qop: Qop | undefined,
  body: string,
): string {
  // RFC 8760 §2.6 step 7: without a body, the hash of the empty string.
  return hash[name](qop === "auth-int" ? `${method}:${uri}:${hash[name](body)}` : `${method}:${uri}`);
}

/** The `response` parameter. `ha2` comes from `requestDigest`; `nc` is as it stands in the header field. */
export function responseDigest(
  hash: Hash,
  name: HashName,
  ha1: string,
  nonce: string,
  nc: string,
  cnonce: string,
  qop: Qop | undefined,
  ha2: string,
): string {
  return hash[name](qop === undefined ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
}
