/**
 * The RTP packet. RFC 3550 §5.1, §5.3.1.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    |                           timestamp                           |
 *    |                             SSRC                              |
 *    |                       CSRC, CC times                          |
 */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { readUint16, readUint32, writeUint16, writeUint32 } from "./octets.ts";

export const rtpHeaderBytes = 12;

export interface RtpPacket {
  readonly marker: boolean;
  /** 0 to 127. */
  readonly payloadType: number;
  /** 0 to 65,535. */
  readonly sequence: number;
  /** In units of the payload type's clock, 32 bits. */
  readonly timestamp: number;
  /** 32 bits. */
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  /** The header extension (§5.3.1): `profile` is its first 16 bits, `data` whole 32-bit words. */
  readonly extension: { readonly profile: number; readonly data: Uint8Array } | undefined;
  /** Without padding. A view of the packet's octets. */
  readonly payload: Uint8Array;
}

const noCsrcs: readonly number[] = [];

/** Reads a packet; payload and extension are views of `octets`. */
export function decodeRtp(octets: Uint8Array): Result<RtpPacket, Fault> {
  if (octets.length < rtpHeaderBytes) {
    return fault("RTP_SHORT", `an RTP header has 12 octets, this packet ${octets.length}`, octets.length);
  }
  const first = octets[0]!;
  // RFC 3550 §A.1: the version must be 2.
  if (first >> 6 !== 2) return fault("RTP_BAD_VERSION", `RTP version 2 was expected, not ${first >> 6}`, 0);
  const csrcCount = first & 0x0f;
  let offset = rtpHeaderBytes + csrcCount * 4;
  if (offset > octets.length) return fault("RTP_SHORT", `${csrcCount} CSRCs do not fit`, rtpHeaderBytes);
  const csrcs = csrcCount === 0 ? noCsrcs : readCsrcs(octets, csrcCount);
  let extension: RtpPacket["extension"];
  if (first & 0x10) {
    if (offset + 4 > octets.length) return fault("RTP_SHORT", "the header extension is cut off", offset);
    const length = readUint16(octets, offset + 2) * 4;
    const start = offset + 4;
    if (start + length > octets.length) return fault("RTP_SHORT", "the header extension is cut off", offset);
    extension = { profile: readUint16(octets, offset), data: octets.subarray(start, start + length) };
    offset = start + length;
  }
  let end = octets.length;
  if (first & 0x20) {
    // RFC 3550 §A.1: the last octet counts the padding, itself included; it must be more than 0 and fit.
    const padding = octets[end - 1]!;
    if (padding === 0 || offset + padding > end) {
      return fault("RTP_BAD_PADDING", `${padding} octets of padding do not fit`, end - 1);
    }
    end -= padding;
  }
  const second = octets[1]!;
  return ok({
    marker: second >= 0x80,
    payloadType: second & 0x7f,
    sequence: readUint16(octets, 2),
    timestamp: readUint32(octets, 4),
    ssrc: readUint32(octets, 8),
    csrcs,
    extension,
    payload: octets.subarray(offset, end),
  });
}

function readCsrcs(octets: Uint8Array, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => readUint32(octets, rtpHeaderBytes + index * 4));
}

export interface RtpFields {
  readonly marker?: boolean;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrcs?: readonly number[];
  readonly extension?: RtpPacket["extension"];
  readonly payload: Uint8Array;
}

/**
 * Writes a packet and returns it; into `out` when given, which must be large enough. Throws `TypeError` for more than 15
 * CSRCs and for an extension that is not made of whole words.
 */
export function encodeRtp(packet: RtpFields, out?: Uint8Array): Uint8Array {
  const { csrcs = noCsrcs, extension, payload } = packet;
  if (csrcs.length > 15) throw new TypeError(`an RTP packet names at most 15 CSRCs, not ${csrcs.length}`);
  if (extension !== undefined && extension.data.length % 4 !== 0) {
    throw new TypeError("an RTP header extension is made of whole 32-bit words");
  }
  const head = rtpHeaderBytes + csrcs.length * 4 + (extension === undefined ? 0 : 4 + extension.data.length);
  const length = head + payload.length;
  const octets = out === undefined ? new Uint8Array(length) : out.length === length ? out : out.subarray(0, length);
  octets[0] = 0x80 | (extension === undefined ? 0 : 0x10) | csrcs.length;
  octets[1] = (packet.marker === true ? 0x80 : 0) | (packet.payloadType & 0x7f);
  writeUint16(octets, 2, packet.sequence);
  writeUint32(octets, 4, packet.timestamp);
  writeUint32(octets, 8, packet.ssrc);
  let offset = rtpHeaderBytes;
  for (const csrc of csrcs) {
    writeUint32(octets, offset, csrc);
    offset += 4;
  }
  if (extension !== undefined) {
    writeUint16(octets, offset, extension.profile);
    writeUint16(octets, offset + 2, extension.data.length / 4);
    octets.set(extension.data, offset + 4);
  }
  octets.set(payload, head);
  return octets;
}
