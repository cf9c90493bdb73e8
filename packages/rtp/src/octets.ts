/** Numbers in network order. */

export function readUint16(octets: Uint8Array, offset: number): number {
  return (octets[offset]! << 8) | octets[offset + 1]!;
}

export function readUint24(octets: Uint8Array, offset: number): number {
  return (octets[offset]! << 16) | (octets[offset + 1]! << 8) | octets[offset + 2]!;
}

export function readUint32(octets: Uint8Array, offset: number): number {
  return ((readUint16(octets, offset) << 16) | readUint16(octets, offset + 2)) >>> 0;
}

export function writeUint16(octets: Uint8Array, offset: number, value: number): void {
  octets[offset] = value >> 8;
  octets[offset + 1] = value;
}

export function writeUint24(octets: Uint8Array, offset: number, value: number): void {
  octets[offset] = value >> 16;
  writeUint16(octets, offset + 1, value);
}

export function writeUint32(octets: Uint8Array, offset: number, value: number): void {
  writeUint16(octets, offset, value >>> 16);
  writeUint16(octets, offset + 2, value);
}
