/**
 * The packet that carries a ZRTP message over the RTP port. RFC 6189 §5.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |0 0 0 1|        unused         |        sequence number        |
 *    |                    magic cookie 'ZRTP'                        |
 *    |                       source identifier                       |
 *    |                        message, CRC-32C                       |
 */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { readUint16, readUint32, writeUint16, writeUint32 } from "../octets.ts";
import { crc32c } from "./crc32c.ts";
import { type MessageType, messageTypeOf } from "./message.ts";

const magicCookie = 0x5a525450;
const headerBytes = 12;
const crcBytes = 4;
/** Every message begins so, and its length follows in words. */
export const preamble = 0x505a;
/** Preamble, length, type. */
export const messageHeadBytes = 12;

export interface ZrtpPacket {
  readonly sequence: number;
  /** SSRC of the RTP stream that the packet belongs to. */
  readonly ssrc: number;
  readonly type: MessageType;
  /** The message without packet header and CRC, from its preamble on. A view of the packet's octets. */
  readonly message: Uint8Array;
}

/** Told from RTP, STUN and DTLS by its first octet and the cookie. */
export function isZrtp(octets: Uint8Array): boolean {
  return octets.length >= headerBytes && octets[0]! >> 4 === 1 && readUint32(octets, 4) === magicCookie;
}

/** What a packet says it carries, unchecked; `undefined` when that is nothing known. */
export function zrtpMessageType(octets: Uint8Array): MessageType | undefined {
  return octets.length < headerBytes + messageHeadBytes ? undefined : messageTypeOf(octets.subarray(headerBytes));
}

export function decodeZrtpPacket(octets: Uint8Array): Result<ZrtpPacket, Fault> {
  if (!isZrtp(octets)) return fault("ZRTP_NOT_ZRTP", "no ZRTP packet: the magic cookie is missing");
  const end = octets.length - crcBytes;
  if (end < headerBytes + messageHeadBytes) {
    return fault("ZRTP_SHORT", `a ZRTP packet has at least 28 octets, this one ${octets.length}`, octets.length);
  }
  // RFC 6189 §5: what fails the CRC is discarded.
  if (reversed(crc32c(octets, end)) !== readUint32(octets, end)) {
    return fault("ZRTP_BAD_CRC", "the CRC is of other octets", end);
  }
  if (readUint16(octets, headerBytes) !== preamble) {
    return fault("ZRTP_BAD_PREAMBLE", "a ZRTP message begins with 50 5a", headerBytes);
  }
  const message = octets.subarray(headerBytes, end);
  const length = readUint16(message, 2) * 4;
  if (length !== message.length) {
    return fault("ZRTP_BAD_LENGTH", `the message says ${length} octets and has ${message.length}`, headerBytes + 2);
  }
  const type = messageTypeOf(message);
  if (type === undefined) return fault("ZRTP_UNKNOWN_MESSAGE", "the message is of an unknown type", headerBytes + 4);
  return ok({ sequence: readUint16(octets, 2), ssrc: readUint32(octets, 8), type, message });
}

export function encodeZrtpPacket(sequence: number, ssrc: number, message: Uint8Array): Uint8Array {
  const octets = new Uint8Array(headerBytes + message.length + crcBytes);
  octets[0] = 0x10;
  writeUint16(octets, 2, sequence);
  writeUint32(octets, 4, magicCookie);
  writeUint32(octets, 8, ssrc);
  octets.set(message, headerBytes);
  const end = headerBytes + message.length;
  writeUint32(octets, end, reversed(crc32c(octets, end)));
  return octets;
}

/** RFC 4960 appendix B: the lowest octet first. */
function reversed(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
