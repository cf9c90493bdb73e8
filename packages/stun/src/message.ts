/** STUN messages: header and attributes as views over the received octets. RFC 8489 §5, §14. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { hasValidFingerprint } from "./fingerprint.ts";

//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  |0 0|     message type (class and method interleaved)     | length  |
//  |                    magic cookie 0x2112A442                       |
//  |                    transaction id (96 bits)                      |
export const headerBytes = 20;
export const magicCookie = 0x2112a442;

export type StunClass = "request" | "indication" | "success" | "error";

const classes: readonly StunClass[] = ["request", "indication", "success", "error"];

export const StunMethod = { binding: 0x001 } as const;

/** Attribute types of RFC 8489 §18.3. Other usages (TURN, ICE) add theirs as plain numbers. */
export const StunAttribute = {
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  realm: 0x0014,
  nonce: 0x0015,
  messageIntegritySha256: 0x001c,
  passwordAlgorithm: 0x001d,
  userhash: 0x001e,
  xorMappedAddress: 0x0020,
  passwordAlgorithms: 0x8002,
  alternateDomain: 0x8003,
  software: 0x8022,
  alternateServer: 0x8023,
  fingerprint: 0x8028,
} as const;

export interface RawAttribute {
  readonly type: number;
  /** A view into the message, padding left out. */
  readonly value: Uint8Array;
  /** Octets from the start of the message to the attribute's type field. */
  readonly offset: number;
}

export interface StunMessage {
  readonly class: StunClass;
  readonly method: number;
  /** 12 octets, a view into the message. */
  readonly transactionId: Uint8Array;
  /**
   * In order. What follows MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 is already left out, but for the second of the two
   * and FINGERPRINT (§14.5, §14.6).
   */
  readonly attributes: readonly RawAttribute[];
  /** The whole message as received. */
  readonly octets: Uint8Array;
}

/** Whether a datagram looks like STUN, at the cost of a few comparisons (§5: zero bits, magic cookie, length). */
export function isStun(octets: Uint8Array): boolean {
  return (
    octets.length >= headerBytes &&
    (octets[0]! & 0xc0) === 0 &&
    octets[4] === 0x21 &&
    octets[5] === 0x12 &&
    octets[6] === 0xa4 &&
    octets[7] === 0x42 &&
    (octets[3]! & 3) === 0
  );
}

/** Reads one whole message; a wrong FINGERPRINT is a fault (§7.3). Never throws. */
export function decodeStun(octets: Uint8Array): Result<StunMessage, Fault> {
  if (!isStun(octets)) return fault("STUN_NOT_STUN", "no STUN header (zero bits, magic cookie, length in words)", 0);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const type = view.getUint16(0);
  const length = view.getUint16(2);
  if (length !== octets.length - headerBytes) {
    return fault("STUN_BAD_LENGTH", `header says ${length} octets, ${octets.length - headerBytes} follow it`, 2);
  }
  const attributes: RawAttribute[] = [];
  let sealed = false;
  let at = headerBytes;
  while (at < octets.length) {
    if (at + 4 > octets.length) return fault("STUN_TRUNCATED", "an attribute header needs 4 octets", at);
    const attributeType = view.getUint16(at);
    const size = view.getUint16(at + 2);
    if (at + 4 + size > octets.length) {
      return fault("STUN_TRUNCATED", `attribute 0x${attributeType.toString(16)} says ${size} octets`, at + 2);
    }
    // RFC 8489 §14.5, §14.6: after an integrity attribute only the other one and FINGERPRINT count.
    if (!sealed || staysAfterIntegrity(attributeType)) {
      attributes.push({ type: attributeType, value: octets.subarray(at + 4, at + 4 + size), offset: at });
    }
    if (isIntegrity(attributeType)) sealed = true;
    if (attributeType === StunAttribute.fingerprint) {
      if (at + 8 !== octets.length || !hasValidFingerprint(octets)) {
        return fault("STUN_BAD_FINGERPRINT", "FINGERPRINT is not last or does not match", at);
      }
    }
    at += 4 + padded(size);
  }
  if (at !== octets.length) return fault("STUN_TRUNCATED", "the last attribute's padding is cut off", octets.length);
  return ok({
    class: classes[((type >> 7) & 2) | ((type >> 4) & 1)]!,
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    transactionId: octets.subarray(8, headerBytes),
    attributes,
    octets,
  });
}

function isIntegrity(type: number): boolean {
  return type === StunAttribute.messageIntegrity || type === StunAttribute.messageIntegritySha256;
}

function staysAfterIntegrity(type: number): boolean {
  return type === StunAttribute.messageIntegritySha256 || type === StunAttribute.fingerprint;
}

/** Attributes start on 32-bit boundaries (§14). */
export function padded(size: number): number {
  return (size + 3) & ~3;
}

/** The first attribute of a type (§14: a repeated one is ignored). */
export function findAttribute(message: StunMessage, type: number): RawAttribute | undefined {
  for (const attribute of message.attributes) if (attribute.type === type) return attribute;
  return undefined;
}

/** The 14-bit type field: class bits interleaved with the method (§5, figure 3). */
export function messageType(kind: StunClass, method: number): number {
  const bits = classes.indexOf(kind);
  return ((method & 0xf80) << 2) | ((method & 0x070) << 1) | (method & 0x00f) | ((bits & 2) << 7) | ((bits & 1) << 4);
}
