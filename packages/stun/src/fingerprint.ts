/** FINGERPRINT: CRC-32 XOR 0x5354554e over the message before it. RFC 8489 §14.7. */

const xor = 0x5354554e;

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** The CRC-32 of ITU V.42, unsigned. */
export function crc32(octets: Uint8Array, end = octets.length): number {
  let crc = -1;
  for (let at = 0; at < end; at++) crc = (crc >>> 8) ^ table[(crc ^ octets[at]!) & 255]!;
  return (crc ^ -1) >>> 0;
}

/** The value of the FINGERPRINT that would follow the first `end` octets; their length field already counts it. */
export function fingerprintOf(octets: Uint8Array, end: number): number {
  return (crc32(octets, end) ^ xor) >>> 0;
}

/** Whether the last eight octets are the right FINGERPRINT. */
export function hasValidFingerprint(octets: Uint8Array): boolean {
  const at = octets.length - 8;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  return view.getUint16(at + 2) === 4 && view.getUint32(at + 4) === fingerprintOf(octets, at);
}
