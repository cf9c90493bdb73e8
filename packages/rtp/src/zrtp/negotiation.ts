/** Which algorithms an initiator commits to, and which Commits a responder takes. RFC 6189 §4.1.2, §5.1.5, §5.2. */

import {
  type AgreementType,
  type AuthTagType,
  type CipherType,
  faster,
  type HashType,
  isStrong,
  type SasType,
  type ZrtpAlgorithms,
} from "./algorithms.ts";
import type { CommitChoice } from "./commit.ts";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import type { HelloLists } from "./hello.ts";

export interface Choice {
  readonly hash: HashType;
  readonly cipher: CipherType;
  readonly authTag: AuthTagType;
  readonly agreement: AgreementType | "Mult";
  readonly sas: SasType;
}

/** §5.2: what is mandatory is implicitly at the end of each list. */
export function withMandatory(own: ZrtpAlgorithms): ZrtpAlgorithms {
  return {
    hashes: added(own.hashes, "S256"),
    ciphers: added(own.ciphers, "AES1"),
    authTags: added(own.authTags, "HS32", "HS80"),
    agreements: added(own.agreements, "DH3k"),
    sasTypes: added(own.sasTypes, "B32"),
  };
}

/** `own` has what is mandatory, so something is always in common. */
export function choose(own: ZrtpAlgorithms, peer: HelloLists): Choice {
  const hashes = common(own.hashes, peer.hashes, "S256");
  const ciphers = common(own.ciphers, peer.ciphers, "AES1");
  const isPossible = (agreement: AgreementType): boolean => !isStrong(agreement) || hashes.includes("S384");
  const mine = common(own.agreements, peer.agreements, "DH3k").filter(isPossible);
  const theirs = [...peer.agreements, "DH3k"].find((name) => mine.some((one) => one === name)) as AgreementType;
  // §4.1.2: of the two first choices the faster one, so that both sides come to the same.
  const agreement = faster(mine[0]!, theirs);
  const strong = isStrong(agreement);
  return {
    // §5.1.5: EC38 demands S384, and should have the longest keys.
    hash: strong ? "S384" : hashes[0]!,
    cipher: (strong && (["AES3", "AES2"] as const).find((one) => ciphers.includes(one))) || ciphers[0]!,
    authTag: common(own.authTags, peer.authTags, "HS32", "HS80")[0]!,
    agreement,
    sas: common(own.sasTypes, peer.sasTypes, "B32")[0]!,
  };
}

/** What an initiator chose, or why it cannot be done. */
export function judge(own: ZrtpAlgorithms, wanted: CommitChoice): Choice | ErrorCode {
  const { hash, cipher, authTag, agreement, sas } = wanted;
  if (agreement === "Prsh") return errorCodes.noSharedSecret;
  const isMultistream = agreement === "Mult";
  if (!isMultistream && !isOf(own.agreements, agreement)) return errorCodes.agreement;
  if (!isOf(own.hashes, hash) || (agreement === "EC38" && hash !== "S384")) return errorCodes.hash;
  if (!isOf(own.ciphers, cipher)) return errorCodes.cipher;
  if (!isOf(own.authTags, authTag)) return errorCodes.authTag;
  // §4.4.3.1: a further stream has no authentication string of its own.
  if (isMultistream) return { hash, cipher, authTag, agreement: "Mult", sas: "B32" };
  if (!isOf(own.sasTypes, sas)) return errorCodes.sas;
  return { hash, cipher, authTag, agreement: agreement as AgreementType, sas };
}

function common<T extends string>(own: readonly T[], peer: readonly string[], ...mandatory: readonly T[]): T[] {
  return own.filter((one) => peer.includes(one) || mandatory.includes(one));
}

function added<T>(own: readonly T[], ...mandatory: readonly T[]): readonly T[] {
  return [...own, ...mandatory.filter((one) => !own.includes(one))];
}

function isOf<T extends string>(list: readonly T[], name: string): name is T {
  return list.some((one) => one === name);
}
