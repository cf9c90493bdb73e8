/** Session keys from master key and master salt. RFC 3711 §4.3, RFC 6188 §3, RFC 7714 §11; no re-derivation (rate 0). */

import type { SrtpCiphers } from "./ciphers.ts";
import type { SrtpSuite } from "./suites.ts";

export interface SessionKeys {
  readonly key: Uint8Array;
  /** Empty for GCM. */
  readonly authenticationKey: Uint8Array;
  readonly salt: Uint8Array;
}

/** RFC 3711 §4.3.2. */
const labels = { rtp: { key: 0, authentication: 1, salt: 2 }, rtcp: { key: 3, authentication: 4, salt: 5 } } as const;
const authenticationKeyBytes = 20;

export function deriveSessionKeys(
  ciphers: SrtpCiphers,
  suite: SrtpSuite,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  use: "rtp" | "rtcp",
): SessionKeys {
  const cipher = ciphers.block(masterKey);
  const derive = (label: number, length: number): Uint8Array => {
    // x = label ∥ 0 xor salt, times 2^16, is the first counter block; RFC 7714 §11: a salt of 96 bits is padded with zeros.
    const blocks = new Uint8Array(Math.ceil(length / 16) * 16);
    for (let offset = 0; offset < blocks.length; offset += 16) {
      blocks.set(masterSalt, offset);
      blocks[offset + 7]! ^= label;
      blocks[offset + 15] = offset / 16;
    }
    return Uint8Array.from(cipher.encrypt(blocks).subarray(0, length));
  };
  const { key, authentication, salt } = labels[use];
  return {
    key: derive(key, suite.keyBytes),
    authenticationKey: suite.kind === "gcm" ? new Uint8Array(0) : derive(authentication, authenticationKeyBytes),
    salt: derive(salt, suite.saltBytes),
  };
}
