/** ECDH on P-256 and P-384 with both coordinates on the wire. RFC 6189 §5.1.5. */

import { createECDH, type ECDH } from "node:crypto";
import type { KeyAgreement } from "../zrtp/crypto.ts";

const curves = { EC25: { name: "prime256v1", bytes: 32 }, EC38: { name: "secp384r1", bytes: 48 } } as const;
/** SEC 1 §2.3.3: both coordinates follow. */
const uncompressed = 4;

export function curvePair(type: keyof typeof curves, random: (bytes: number) => Uint8Array): KeyAgreement {
  const { name, bytes } = curves[type];
  const ecdh = createECDH(name);
  while (!isTaken(ecdh, random(bytes)));
  return {
    publicValue: Uint8Array.from(ecdh.getPublicKey().subarray(1)),
    // Points that are not on the curve are refused by OpenSSL; the result is the X coordinate alone.
    agree: (publicValue) => ecdh.computeSecret(Buffer.concat([Uint8Array.of(uncompressed), publicValue])),
  };
}

/** A secret must be below the order of the curve: one of four thousand million is not, for P-256. */
function isTaken(ecdh: ECDH, secret: Uint8Array): boolean {
  try {
    ecdh.setPrivateKey(secret);
    return true;
  } catch {
    return false;
  }
}
