/** Keys for each suite that calls use. */

import type { SdesKeys } from "../src/index.ts";

const suites = [
  ["AES_CM_128_HMAC_SHA1_80", 30],
  ["AES_CM_128_HMAC_SHA1_32", 30],
  ["AES_256_CM_HMAC_SHA1_80", 46],
  ["AEAD_AES_128_GCM", 28],
  ["AEAD_AES_256_GCM", 44],
] as const;

export const sdesVariants: readonly SdesKeys[] = suites.map(([suite, bytes]) => ({
  suite,
  localKeySalt: Buffer.alloc(bytes, 1).toString("base64"),
  remoteKeySalt: Buffer.alloc(bytes, 2).toString("base64"),
}));
