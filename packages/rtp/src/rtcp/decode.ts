/** Reads compound RTCP packets. RFC 3550 §6, §A.2. What one packet of the compound gets wrong does not cost the others. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { readUint16, readUint24, readUint32 } from "../octets.ts";
import type { ReceptionReport, RtcpPacket, SourceDescription } from "./packets.ts";
import { rtcpTypes } from "./packets.ts";
import { decodeExtendedReport } from "./xr.ts";

const text = new TextDecoder();

/**
 * The packets of a compound one. A fault when the outer structure is broken (`RTCP_SHORT`, `RTCP_BAD_VERSION`,
 * `RTCP_BAD_LENGTH`); inner packets that contradict themselves are left out. Reduced-size RTCP (RFC 5506) is read, too.
 */
export function decodeRtcp(octets: Uint8Array): Result<RtcpPacket[], Fault> {
  if (octets.length < 4) return fault("RTCP_SHORT", "an RTCP packet has at least 4 octets", octets.length);
  const packets: RtcpPacket[] = [];
  for (let offset = 0; offset < octets.length; ) {
    if (offset + 4 > octets.length) return fault("RTCP_SHORT", "an RTCP header is cut off", offset);
    const first = octets[offset]!;
    if (first >> 6 !== 2) return fault("RTCP_BAD_VERSION", `RTCP version 2 was expected, not ${first >> 6}`, offset);
    const end = offset + 4 + readUint16(octets, offset + 2) * 4;
    if (end > octets.length) return fault("RTCP_BAD_LENGTH", "an RTCP packet is longer than its datagram", offset);
    let bodyEnd = end;
    if (first & 0x20) {
      // RFC 3550 §6.4.1: the last octet counts the padding, in multiples of four.
      const padding = octets[end - 1]!;
      if (padding === 0 || padding % 4 !== 0 || end - padding < offset + 4) {
        return fault("RTCP_BAD_PADDING", `${padding} octets of padding do not fit`, end - 1);
      }
      bodyEnd = end - padding;
    }
    const packet = decodeOne(octets[offset + 1]!, first & 0x1f, octets.subarray(offset + 4, bodyEnd));
    if (packet !== undefined) packets.push(packet);
    offset = end;
  }
  return ok(packets);
}

function decodeOne(packetType: number, count: number, body: Uint8Array): RtcpPacket | undefined {
  switch (packetType) {
    case rtcpTypes.sr: {
      const reports = readReports(body, 24, count);
      if (reports === undefined) return undefined;
      const sender = {
        ntpSeconds: readUint32(body, 4),
        ntpFraction: readUint32(body, 8),
        rtpTimestamp: readUint32(body, 12),
        packets: readUint32(body, 16),
        octets: readUint32(body, 20),
      };
      return { type: "sr", ssrc: readUint32(body, 0), sender, reports };
    }
    case rtcpTypes.rr: {
      const reports = readReports(body, 4, count);
      return reports === undefined ? undefined : { type: "rr", ssrc: readUint32(body, 0), reports };
    }
    case rtcpTypes.sdes:
      return readDescriptions(body, count);
    case rtcpTypes.bye: {
      if (body.length < count * 4) return undefined;
      const ssrcs = Array.from({ length: count }, (_, index) => readUint32(body, index * 4));
      const length = body[count * 4];
      if (length === undefined || count * 4 + 1 + length > body.length) return { type: "bye", ssrcs };
      return { type: "bye", ssrcs, reason: text.decode(body.subarray(count * 4 + 1, count * 4 + 1 + length)) };
    }
    case rtcpTypes.app:
      if (body.length < 8) return undefined;
      return {
        type: "app",
        subtype: count,
        ssrc: readUint32(body, 0),
        name: String.fromCharCode(...body.subarray(4, 8)),
        data: body.subarray(8),
      };
    case rtcpTypes.rtpfb:
    case rtcpTypes.psfb:
      if (body.length < 8) return undefined;
      return {
        type: packetType === rtcpTypes.rtpfb ? "rtpfb" : "psfb",
        format: count,
        ssrc: readUint32(body, 0),
        mediaSsrc: readUint32(body, 4),
        data: body.subarray(8),
      };
    case rtcpTypes.xr:
      return decodeExtendedReport(body);
    default:
      return { type: "unknown", packetType, count, data: body };
  }
}

function readReports(body: Uint8Array, from: number, count: number): ReceptionReport[] | undefined {
  if (body.length < from + count * 24) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * 24;
    return {
      ssrc: readUint32(body, at),
      fractionLost: body[at + 4]!,
      cumulativeLost: (readUint24(body, at + 5) << 8) >> 8,
      highestSequence: readUint32(body, at + 8),
      jitter: readUint32(body, at + 12),
      lastSenderReport: readUint32(body, at + 16),
      delaySinceLast: readUint32(body, at + 20),
    };
  });
}

function readDescriptions(body: Uint8Array, count: number): SourceDescription | undefined {
  const chunks: SourceDescription["chunks"][number][] = [];
  let offset = 0;
  for (let chunk = 0; chunk < count; chunk++) {
    if (offset + 4 > body.length) return undefined;
    const ssrc = readUint32(body, offset);
    offset += 4;
    const items: { type: number; text: string }[] = [];
    for (;;) {
      const type = body[offset];
      if (type === undefined) return undefined;
      offset++;
      // RFC 3550 §6.5: a null octet ends the list, and more of them fill the word.
      if (type === 0) break;
      const length = body[offset];
      if (length === undefined || offset + 1 + length > body.length) return undefined;
      items.push({ type, text: text.decode(body.subarray(offset + 1, offset + 1 + length)) });
      offset += 1 + length;
    }
    offset = (offset + 3) & ~3;
    chunks.push({ ssrc, items });
  }
  return { type: "sdes", chunks };
}
