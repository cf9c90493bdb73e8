/** The short authentication string that two people read to each other. RFC 6189 §5.1.6, §7. */

import type { SasType } from "./algorithms.ts";
import { pgpWords } from "./pgp-words.ts";

const alphabet = "ybndrfg8ejkmcpqxot1uwisza345h769";

/** `sasHash` has at least four octets. Four characters for B32, two words joined by a colon for B256. */
export function renderSas(type: SasType, sasHash: Uint8Array): string {
  if (type === "B256") return pgpWords(sasHash[0]!, sasHash[1]!).join(":");
  // The leftmost 20 bits, five for each character.
  const bits = (sasHash[0]! << 12) | (sasHash[1]! << 4) | (sasHash[2]! >> 4);
  return [15, 10, 5, 0].map((shift) => alphabet[(bits >> shift) & 31]!).join("");
}
