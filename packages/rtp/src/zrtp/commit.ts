/** Commit: the initiator's choice, bound to what it will send. RFC 6189 §5.4, figures 5 and 6; preshared mode is not spoken. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import type { ZrtpCrypto } from "./crypto.ts";
import type { HashChain } from "./hash-chain.ts";
import { macBytes, newMessage, putMac, putText, textOf } from "./message.ts";

export interface CommitChoice {
  readonly hash: string;
  readonly cipher: string;
  readonly authTag: string;
  /** `Mult` in multistream mode. */
  readonly agreement: string;
  readonly sas: string;
}

export interface Commit {
  readonly h2: Uint8Array;
  readonly zid: Uint8Array;
  readonly choice: CommitChoice;
  /** hvi, 32 octets; in multistream mode the nonce, 16. Contention is decided by it (§4.2). */
  readonly commitment: Uint8Array;
  /** The whole message. */
  readonly octets: Uint8Array;
}

const fixedBytes = 76;
export const hviBytes = 32;
export const nonceBytes = 16;
const keyIdBytes = 8;

export function decodeCommit(octets: Uint8Array): Result<Commit, Fault> {
  if (octets.length < fixedBytes) return fault("ZRTP_SHORT", "the Commit is cut off", octets.length);
  const [hash, cipher, authTag, agreement, sas] = [56, 60, 64, 68, 72].map((at) => textOf(octets, at, 4).trimEnd());
  const bytes = agreement === "Mult" ? nonceBytes : agreement === "Prsh" ? nonceBytes + keyIdBytes : hviBytes;
  if (octets.length !== fixedBytes + bytes + macBytes) {
    return fault("ZRTP_BAD_LENGTH", `a Commit with ${agreement} has not ${octets.length} octets`, octets.length);
  }
  return ok({
    h2: octets.slice(12, 44),
    zid: octets.slice(44, 56),
    choice: { hash: hash!, cipher: cipher!, authTag: authTag!, agreement: agreement!, sas: sas! },
    commitment: octets.slice(fixedBytes, fixedBytes + (agreement === "Prsh" ? nonceBytes : bytes)),
    octets: octets.slice(),
  });
}

export function encodeCommit(
  crypto: ZrtpCrypto,
  chain: HashChain,
  zid: Uint8Array,
  choice: CommitChoice,
  commitment: Uint8Array,
): Uint8Array {
  const octets = newMessage("Commit", fixedBytes + commitment.length + macBytes);
  octets.set(chain.h2, 12);
  octets.set(zid, 44);
  const { hash, cipher, authTag, agreement, sas } = choice;
  for (const [index, name] of [hash, cipher, authTag, agreement, sas].entries()) {
    putText(octets, 56 + index * 4, name.padEnd(4));
  }
  octets.set(commitment, fixedBytes);
  return putMac(crypto, octets, chain.h1);
}

/** Above 0 when `a` is the greater number (§4.2). */
export function compareCommitments(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (a[at] !== b[at]) return a[at]! - b[at]!;
  }
  return a.length - b.length;
}
