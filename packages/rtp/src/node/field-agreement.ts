/** Diffie-Hellman in the groups of RFC 3526 with an exponent of a length of one's own. RFC 6189 §5.1.5; keys as in PKCS #3 §9. */

import { createPrivateKey, createPublicKey, diffieHellman, getDiffieHellman } from "node:crypto";
import type { KeyAgreement } from "../zrtp/crypto.ts";

const groups = { DH2k: "modp14", DH3k: "modp15" } as const;
const dhKeyAgreement = Buffer.from("06092a864886f70d010301", "hex");

/**
 * Keys go in and out as DER: Node's `DiffieHellman` either chooses the exponent's length itself or, with a prime as a
 * parameter, spends seconds on proving that it is one.
 */
export function finiteFieldPair(type: keyof typeof groups, secret: Uint8Array): KeyAgreement {
  const prime = getDiffieHellman(groups[type]).getPrime();
  const algorithm = tlv(0x30, dhKeyAgreement, tlv(0x30, integer(prime), integer(Uint8Array.of(2))));
  const key = tlv(0x30, integer(Uint8Array.of(0)), algorithm, tlv(0x04, integer(secret)));
  const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  key.fill(0);
  const own = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    publicValue: publicValueOf(own, prime.length),
    agree(publicValue) {
      const der = tlv(0x30, algorithm, tlv(0x03, Uint8Array.of(0), integer(publicValue)));
      const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
      // §4.4.1.2: 0, 1, p-1 and what is not below p are refused by OpenSSL; the result is as long as the prime.
      return diffieHellman({ privateKey, publicKey });
    },
  };
}

/** §4.4.1.1: fixed to the length of the prime. The integer is the last thing in the structure. */
function publicValueOf(der: Buffer, bytes: number): Uint8Array {
  // SEQUENCE { SEQUENCE algorithm, BIT STRING { 0, INTEGER } }
  const outer = contentOf(der);
  const algorithm = contentOf(outer);
  const bits = contentOf(outer.subarray(algorithm.byteOffset - outer.byteOffset + algorithm.length));
  const value = contentOf(bits.subarray(1));
  const fixed = new Uint8Array(bytes);
  const digits = value[0] === 0 ? value.subarray(1) : value;
  fixed.set(digits, bytes - digits.length);
  return fixed;
}

/** What the first element holds. */
function contentOf(der: Buffer): Buffer {
  const first = der[1]!;
  if (first < 0x80) return der.subarray(2, 2 + first);
  const lengthBytes = first & 0x7f;
  const start = 2 + lengthBytes;
  return der.subarray(start, start + der.readUIntBE(2, lengthBytes));
}

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from(head), ...parts]);
}

function integer(octets: Uint8Array): Buffer {
  let from = 0;
  while (from < octets.length - 1 && octets[from] === 0) from++;
  const digits = octets.subarray(from);
  return digits[0]! < 0x80 ? tlv(0x02, digits) : tlv(0x02, Uint8Array.of(0), digits);
}
