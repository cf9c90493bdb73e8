/** CRC-32C as ZRTP packets carry it. RFC 6189 §5, RFC 4960 appendix B. */

/** The Castagnoli polynomial, bits reversed. */
const polynomial = 0x82f63b78;

const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, index) => {
  let word = index;
  for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ polynomial : word >>> 1;
  return word;
});

/** Of `octets` up to `end`, as a number whose lowest octet goes out first (RFC 4960 appendix B). */
export function crc32c(octets: Uint8Array, end: number = octets.length): number {
  let crc = 0xffffffff;
  for (let at = 0; at < end; at++) crc = (crc >>> 8) ^ table[(crc ^ octets[at]!) & 0xff]!;
  return ~crc >>> 0;
}
