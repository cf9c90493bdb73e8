/** Where an RTP packet's header ends: what is before is sent in clear. RFC 3711 §3.1. */

import { readUint16 } from "../octets.ts";

/** Octets of header, CSRCs and extension; -1 when the packet is no RTP or cut off. */
export function rtpHeaderLength(packet: Uint8Array): number {
  if (packet.length < 12 || packet[0]! >> 6 !== 2) return -1;
  let length = 12 + (packet[0]! & 0x0f) * 4;
  if (packet[0]! & 0x10) {
    if (length + 4 > packet.length) return -1;
    length += 4 + readUint16(packet, length + 2) * 4;
  }
  return length <= packet.length ? length : -1;
}
