/** The protection profiles of SRTP. RFC 3711 §8.2, RFC 6188 §4, RFC 7714 §14; names as in RFC 4568. */

export interface SrtpSuite {
  readonly name: string;
  /** Counter mode with HMAC-SHA1, or AES-GCM. */
  readonly kind: "counter" | "gcm";
  /** Octets of master and session key. */
  readonly keyBytes: 16 | 24 | 32;
  /** Octets of master and session salt. */
  readonly saltBytes: 12 | 14;
  /** Octets of the tag of an RTP packet. */
  readonly tagBytes: number;
  /** Of an RTCP packet: never cut below 80 bits (RFC 4568 §6.2.2). */
  readonly rtcpTagBytes: number;
}

const suites: readonly SrtpSuite[] = [
  counter("AES_CM_128_HMAC_SHA1_80", 16, 10),
  counter("AES_CM_128_HMAC_SHA1_32", 16, 4),
  counter("AES_192_CM_HMAC_SHA1_80", 24, 10),
  counter("AES_192_CM_HMAC_SHA1_32", 24, 4),
  counter("AES_256_CM_HMAC_SHA1_80", 32, 10),
  counter("AES_256_CM_HMAC_SHA1_32", 32, 4),
  gcm("AEAD_AES_128_GCM", 16),
  gcm("AEAD_AES_256_GCM", 32),
];

function counter(name: string, keyBytes: 16 | 24 | 32, tagBytes: number): SrtpSuite {
  return { name, kind: "counter", keyBytes, saltBytes: 14, tagBytes, rtcpTagBytes: 10 };
}

function gcm(name: string, keyBytes: 16 | 32): SrtpSuite {
  return { name, kind: "gcm", keyBytes, saltBytes: 12, tagBytes: 16, rtcpTagBytes: 16 };
}

/** By its name of RFC 4568, in any case. */
export function srtpSuite(name: string): SrtpSuite | undefined {
  return suites.find((suite) => suite.name === name.toUpperCase());
}

export const srtpSuiteNames: readonly string[] = suites.map(({ name }) => name);
