/** L16: linear samples in network order. RFC 3551 §4.5.11. */

export function encodeL16(samples: Int16Array, out: Uint8Array): void {
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index]!;
    out[2 * index] = sample >> 8;
    out[2 * index + 1] = sample;
  }
}

/** An odd octet at the end is left out. */
export function decodeL16(octets: Uint8Array, out: Int16Array): void {
  for (let index = 0; 2 * index + 1 < octets.length; index++) {
    out[index] = (octets[2 * index]! << 8) | octets[2 * index + 1]!;
  }
}
