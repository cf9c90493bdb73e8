/** Writes compound RTCP packets. RFC 3550 §6. */

import { writeUint16, writeUint24, writeUint32 } from "../octets.ts";
import { type ReceptionReport, type RtcpPacket, rtcpTypes } from "./packets.ts";
import { encodeExtendedReport } from "./xr.ts";

const text = new TextEncoder();

/** Throws `TypeError` for more than 31 reports, sources or chunks in one packet, and for texts over 255 octets. */
export function encodeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const parts = packets.map(encodeOne);
  const octets = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    octets.set(part, offset);
    offset += part.length;
  }
  return octets;
}

function encodeOne(packet: RtcpPacket): Uint8Array {
  switch (packet.type) {
    case "sr": {
      const octets = start(rtcpTypes.sr, packet.reports.length, 24 + packet.reports.length * 24);
      const { ntpSeconds, ntpFraction, rtpTimestamp, packets, octets: sent } = packet.sender;
      for (const [index, value] of [packet.ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packets, sent].entries()) {
        writeUint32(octets, 4 + index * 4, value);
      }
      writeReports(octets, 28, packet.reports);
      return octets;
    }
    case "rr": {
      const octets = start(rtcpTypes.rr, packet.reports.length, 4 + packet.reports.length * 24);
      writeUint32(octets, 4, packet.ssrc);
      writeReports(octets, 8, packet.reports);
      return octets;
    }
    case "sdes": {
      const chunks = packet.chunks.map(({ ssrc, items }) => {
        const encoded = items.map(({ type, text: value }) => ({ type, value: short(value) }));
        const length = encoded.reduce((sum, { value }) => sum + 2 + value.length, 4);
        // RFC 3550 §6.5: at least one null octet, up to the next word.
        const octets = new Uint8Array((length + 4) & ~3);
        writeUint32(octets, 0, ssrc);
        let offset = 4;
        for (const { type, value } of encoded) {
          octets[offset] = type;
          octets[offset + 1] = value.length;
          octets.set(value, offset + 2);
          offset += 2 + value.length;
        }
        return octets;
      });
      const octets = start(
        rtcpTypes.sdes,
        chunks.length,
        chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      );
      let offset = 4;
      for (const chunk of chunks) {
        octets.set(chunk, offset);
        offset += chunk.length;
      }
      return octets;
    }
    case "bye": {
      const reason = packet.reason === undefined ? undefined : short(packet.reason);
      const tail = reason === undefined ? 0 : (1 + reason.length + 3) & ~3;
      const octets = start(rtcpTypes.bye, packet.ssrcs.length, packet.ssrcs.length * 4 + tail);
      for (const [index, ssrc] of packet.ssrcs.entries()) writeUint32(octets, 4 + index * 4, ssrc);
      if (reason !== undefined) {
        octets[4 + packet.ssrcs.length * 4] = reason.length;
        octets.set(reason, 5 + packet.ssrcs.length * 4);
      }
      return octets;
    }
    case "app": {
      const octets = start(rtcpTypes.app, packet.subtype, 8 + ((packet.data.length + 3) & ~3));
      writeUint32(octets, 4, packet.ssrc);
      for (let index = 0; index < 4; index++) octets[8 + index] = packet.name.charCodeAt(index);
      octets.set(packet.data, 12);
      return octets;
    }
    case "rtpfb":
    case "psfb": {
      const octets = start(rtcpTypes[packet.type], packet.format, 8 + ((packet.data.length + 3) & ~3));
      writeUint32(octets, 4, packet.ssrc);
      writeUint32(octets, 8, packet.mediaSsrc);
      octets.set(packet.data, 12);
      return octets;
    }
    case "xr": {
      const body = encodeExtendedReport(packet);
      const octets = start(rtcpTypes.xr, 0, body.length);
      octets.set(body, 4);
      return octets;
    }
    case "unknown": {
      const octets = start(packet.packetType, packet.count, (packet.data.length + 3) & ~3);
      octets.set(packet.data, 4);
      return octets;
    }
    default:
      return packet satisfies never;
  }
}

function start(packetType: number, count: number, bodyBytes: number): Uint8Array {
  if (count > 31) throw new TypeError(`an RTCP packet counts at most 31 parts, not ${count}`);
  const octets = new Uint8Array(4 + bodyBytes);
  octets[0] = 0x80 | count;
  octets[1] = packetType;
  writeUint16(octets, 2, bodyBytes / 4);
  return octets;
}

function writeReports(octets: Uint8Array, from: number, reports: readonly ReceptionReport[]): void {
  for (const [index, report] of reports.entries()) {
    const at = from + index * 24;
    writeUint32(octets, at, report.ssrc);
    octets[at + 4] = report.fractionLost;
    writeUint24(octets, at + 5, report.cumulativeLost & 0xffffff);
    writeUint32(octets, at + 8, report.highestSequence);
    writeUint32(octets, at + 12, report.jitter);
    writeUint32(octets, at + 16, report.lastSenderReport);
    writeUint32(octets, at + 20, report.delaySinceLast);
  }
}

function short(value: string): Uint8Array {
  const octets = text.encode(value);
  if (octets.length > 255) throw new TypeError("a text in RTCP has at most 255 octets");
  return octets;
}
