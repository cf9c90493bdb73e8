/** Writes STUN messages. RFC 8489 §5, §14. */

import { fingerprintOf } from "./fingerprint.ts";
import { type IntegrityKind, integrityOf, type StunHash } from "./integrity.ts";
import { headerBytes, magicCookie, messageType, padded, StunAttribute, type StunClass } from "./message.ts";

export interface NewAttribute {
  readonly type: number;
  readonly value: Uint8Array;
}

export interface NewStunMessage {
  readonly class: StunClass;
  readonly method: number;
  /** 12 octets: random in a request, the request's in its response. */
  readonly transactionId: Uint8Array;
  readonly attributes?: readonly NewAttribute[];
}

export interface EncodeOptions {
  /** Adds the integrity attributes named, in the order sha1, sha256. */
  readonly integrity?: { readonly kinds: readonly IntegrityKind[]; readonly key: Uint8Array; readonly hash: StunHash };
  /** Adds FINGERPRINT, last. */
  readonly fingerprint?: boolean;
}

export function encodeStun(message: NewStunMessage, options: EncodeOptions = {}): Uint8Array {
  if (message.transactionId.length !== 12) {
    throw new TypeError(`a STUN transaction id has 12 octets, got ${message.transactionId.length}`);
  }
  const kinds = options.integrity?.kinds ?? [];
  let size = headerBytes;
  for (const { value } of message.attributes ?? []) size += 4 + padded(value.length);
  if (kinds.includes("sha1")) size += 24;
  if (kinds.includes("sha256")) size += 36;
  if (options.fingerprint === true) size += 8;
  const octets = new Uint8Array(size);
  const view = new DataView(octets.buffer);
  view.setUint16(0, messageType(message.class, message.method));
  view.setUint32(4, magicCookie);
  octets.set(message.transactionId, 8);
  let at = headerBytes;
  const put = (type: number, value: Uint8Array): void => {
    view.setUint16(at, type);
    view.setUint16(at + 2, value.length);
    octets.set(value, at + 4);
    at += 4 + padded(value.length);
    view.setUint16(2, at - headerBytes);
  };
  for (const { type, value } of message.attributes ?? []) put(type, value);
  if (options.integrity !== undefined) {
    const { key, hash } = options.integrity;
    if (kinds.includes("sha1")) {
      view.setUint16(2, at + 24 - headerBytes);
      put(StunAttribute.messageIntegrity, integrityOf(octets.slice(0, at), "sha1", key, hash));
    }
    if (kinds.includes("sha256")) {
      view.setUint16(2, at + 36 - headerBytes);
      put(StunAttribute.messageIntegritySha256, integrityOf(octets.slice(0, at), "sha256", key, hash));
    }
  }
  if (options.fingerprint === true) {
    const before = at;
    put(StunAttribute.fingerprint, new Uint8Array(4));
    view.setUint32(before + 4, fingerprintOf(octets, before));
  }
  return octets;
}
