/** The chain of hash images that ties a party's messages together. RFC 6189 §9. */

import type { ZrtpCrypto } from "./crypto.ts";
import { isEqual } from "./message.ts";

export interface HashChain {
  readonly h0: Uint8Array;
  /** In DHPart1 and DHPart2. */
  readonly h1: Uint8Array;
  /** In Commit. */
  readonly h2: Uint8Array;
  /** In Hello. */
  readonly h3: Uint8Array;
}

export const imageBytes = 32;

/** The next image: SHA-256, whatever is negotiated (§5.1.2.2). */
export function imageOf(crypto: ZrtpCrypto, preimage: Uint8Array): Uint8Array {
  return crypto.hash("S256", preimage);
}

export function createHashChain(crypto: ZrtpCrypto): HashChain {
  const h0 = crypto.random(imageBytes);
  const h1 = imageOf(crypto, h0);
  const h2 = imageOf(crypto, h1);
  return { h0, h1, h2, h3: imageOf(crypto, h2) };
}

export function isImage(crypto: ZrtpCrypto, preimage: Uint8Array, image: Uint8Array): boolean {
  return isEqual(imageOf(crypto, preimage), image);
}
