/** MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 and the keys for them. RFC 8489 §9, §14.5, §14.6. */

import { findAttribute, headerBytes, StunAttribute, type StunMessage } from "./message.ts";

/** Hashing is a port: node:crypto on servers, any synchronous library in browsers. */
export interface StunHash {
  hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** For long-term keys. */
export interface StunDigest {
  md5(data: Uint8Array): Uint8Array;
  sha256(data: Uint8Array): Uint8Array;
}

export type IntegrityKind = "sha1" | "sha256";

export type IntegrityCheck = "valid" | "absent" | "wrong";

/** Checks one of the two integrity attributes in time that does not depend on where they differ. */
export function checkIntegrity(
  message: StunMessage,
  kind: IntegrityKind,
  key: Uint8Array,
  hash: StunHash,
): IntegrityCheck {
  const attribute = findAttribute(
    message,
    kind === "sha1" ? StunAttribute.messageIntegrity : StunAttribute.messageIntegritySha256,
  );
  if (attribute === undefined) return "absent";
  const size = attribute.value.length;
  // RFC 8489 §14.6: SHA-256 may be truncated to a multiple of 4, no less than 16 octets.
  if (kind === "sha1" ? size !== 20 : size < 16 || size > 32 || size % 4 !== 0) return "wrong";
  // RFC 8489 §14.5: the hash covers what precedes the attribute, with a length field that ends with it.
  const covered = message.octets.slice(0, attribute.offset);
  new DataView(covered.buffer).setUint16(2, attribute.offset + 4 + size - headerBytes);
  return equalOctets(integrityOf(covered, kind, key, hash).subarray(0, size), attribute.value) ? "valid" : "wrong";
}

/** The HMAC over `covered`, whose length field already counts the attribute. */
export function integrityOf(covered: Uint8Array, kind: IntegrityKind, key: Uint8Array, hash: StunHash): Uint8Array {
  return kind === "sha1" ? hash.hmacSha1(key, covered) : hash.hmacSha256(key, covered);
}

/** The short-term key: the password itself (§9.1.1), already processed by OpaqueString. */
export function shortTermKey(password: string): Uint8Array {
  return new TextEncoder().encode(password);
}

/** The long-term key (§18.5.1): a hash of user, realm and password, already processed by OpaqueString. */
export function longTermKey(
  user: string,
  realm: string,
  password: string,
  algorithm: "md5" | "sha256",
  digest: StunDigest,
): Uint8Array {
  return digest[algorithm](new TextEncoder().encode(`${user}:${realm}:${password}`));
}

function equalOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at]!;
  return difference === 0;
}
