/** X25519 and X448 from raw octets. RFC 7748 §6, RFC 8410 §7, §4. */

import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import type { KeyAgreement } from "../zrtp/crypto.ts";

/** What stands before the raw key in PKCS #8 and in SubjectPublicKeyInfo. */
const heads = {
  X255: { bytes: 32, secret: "302e020100300506032b656e04220420", public: "302a300506032b656e032100" },
  X448: { bytes: 56, secret: "3046020100300506032b656f043a0438", public: "3042300506032b656f033900" },
} as const;

export function montgomeryPair(type: keyof typeof heads, random: (bytes: number) => Uint8Array): KeyAgreement {
  const head = heads[type];
  const secretDer = Buffer.concat([Buffer.from(head.secret, "hex"), random(head.bytes)]);
  const privateKey = createPrivateKey({ key: secretDer, format: "der", type: "pkcs8" });
  secretDer.fill(0);
  const publicDer = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    publicValue: Uint8Array.from(publicDer.subarray(publicDer.length - head.bytes)),
    agree(publicValue) {
      const key = Buffer.concat([Buffer.from(head.public, "hex"), publicValue]);
      // RFC 7748 §6.1: a result of zeros is refused, here by OpenSSL.
      return diffieHellman({ privateKey, publicKey: createPublicKey({ key, format: "der", type: "spki" }) });
    },
  };
}
