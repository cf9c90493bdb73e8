/** The algorithms of ZRTP, their sizes, and what a Hello lists by default. RFC 6189 §5.1.2 to §5.1.6. */

import { type SrtpSuite, srtpSuite } from "../srtp/suites.ts";

export type HashType = "S256" | "S384";
export type CipherType = "AES1" | "AES2" | "AES3";
export type AuthTagType = "HS32" | "HS80";
/** X255 and X448 (RFC 7748) are not of RFC 6189; Linphone and others use them under these names. */
export type AgreementType = "X255" | "X448" | "EC25" | "EC38" | "DH2k" | "DH3k";
export type SasType = "B32" | "B256";

/** In the order of preference; at most seven of each go into a Hello. */
export interface ZrtpAlgorithms {
  readonly hashes: readonly HashType[];
  readonly ciphers: readonly CipherType[];
  readonly authTags: readonly AuthTagType[];
  readonly agreements: readonly AgreementType[];
  readonly sasTypes: readonly SasType[];
}

export const defaultAlgorithms: ZrtpAlgorithms = {
  hashes: ["S256", "S384"],
  ciphers: ["AES1", "AES3"],
  authTags: ["HS80", "HS32"],
  agreements: ["X255", "EC25", "EC38", "DH3k"],
  sasTypes: ["B32", "B256"],
};

export const hashBytes: Readonly<Record<HashType, number>> = { S256: 32, S384: 48 };
export const cipherKeyBytes: Readonly<Record<CipherType, 16 | 24 | 32>> = { AES1: 16, AES2: 24, AES3: 32 };

/** Octets of the public value (§5.1.5), fastest first (§4.1.2; the two curves of RFC 7748 where their speed puts them). */
export const publicValueBytes: Readonly<Record<AgreementType, number>> = {
  DH2k: 256,
  X255: 32,
  EC25: 64,
  X448: 56,
  DH3k: 384,
  EC38: 96,
};

const bySpeed = Object.keys(publicValueBytes) as AgreementType[];

export function faster(a: AgreementType, b: AgreementType): AgreementType {
  return bySpeed.indexOf(a) <= bySpeed.indexOf(b) ? a : b;
}

/** §5.1.5: these demand the longer hash, and should have the longest keys. */
export function isStrong(agreement: AgreementType): boolean {
  return agreement === "EC38" || agreement === "X448";
}

const suites: Readonly<Record<CipherType, Readonly<Record<AuthTagType, string>>>> = {
  AES1: { HS32: "AES_CM_128_HMAC_SHA1_32", HS80: "AES_CM_128_HMAC_SHA1_80" },
  AES2: { HS32: "AES_192_CM_HMAC_SHA1_32", HS80: "AES_192_CM_HMAC_SHA1_80" },
  AES3: { HS32: "AES_256_CM_HMAC_SHA1_32", HS80: "AES_256_CM_HMAC_SHA1_80" },
};

/**
 * The SRTP profile of what was agreed on. RFC 6189 §5.1.4 names one tag: as bzrtp and GNU ZRTP do, it is that of SRTCP, too, which SDES
 * never cuts below 80 bits.
 */
export function suiteOf(cipher: CipherType, authTag: AuthTagType): SrtpSuite {
  const suite = srtpSuite(suites[cipher][authTag])!;
  return { ...suite, rtcpTagBytes: suite.tagBytes };
}
