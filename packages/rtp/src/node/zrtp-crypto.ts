/** ZRTP's cryptography by Node's OpenSSL. RFC 6189 §5.1; RFC 3526 for the finite fields, RFC 7748 for X255 and X448. */

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import { type AgreementType, type HashType, publicValueBytes } from "../zrtp/algorithms.ts";
import type { KeyAgreement, ZrtpCrypto } from "../zrtp/crypto.ts";
import { curvePair } from "./curve-agreement.ts";
import { finiteFieldPair } from "./field-agreement.ts";
import { montgomeryPair } from "./montgomery-agreement.ts";

const hashNames: Readonly<Record<HashType, string>> = { S256: "sha256", S384: "sha384" };

/** `random`: where secrets come from, for tests that repeat a recorded exchange. */
export function createZrtpCrypto(random: (bytes: number) => Uint8Array = randomBytes): ZrtpCrypto {
  // Plain arrays of octets come out: `slice` of a Buffer is a view, elsewhere it is a copy.
  return {
    random: (bytes) => new Uint8Array(random(bytes)),
    hash(type, ...parts) {
      const hash = createHash(hashNames[type]);
      for (const part of parts) hash.update(part);
      return new Uint8Array(hash.digest());
    },
    hmac(type, key, ...parts) {
      const hmac = createHmac(hashNames[type], key);
      for (const part of parts) hmac.update(part);
      return new Uint8Array(hmac.digest());
    },
    encryptCfb: (key, iv, text) => new Uint8Array(createCipheriv(cfbName(key), key, iv).update(text)),
    decryptCfb: (key, iv, text) => new Uint8Array(createDecipheriv(cfbName(key), key, iv).update(text)),
    keyAgreement: (type, secretBytes) => checked(type, pairOf(type, secretBytes, random)),
  };
}

function cfbName(key: Uint8Array): string {
  return `aes-${key.length * 8}-cfb`;
}

function pairOf(type: AgreementType, secretBytes: number, random: (bytes: number) => Uint8Array): KeyAgreement {
  switch (type) {
    case "X255":
    case "X448":
      return montgomeryPair(type, random);
    case "EC25":
    case "EC38":
      return curvePair(type, random);
    case "DH2k":
    case "DH3k":
      return finiteFieldPair(type, random(secretBytes));
    default:
      return type satisfies never;
  }
}

/** OpenSSL refuses what is not in the group by an exception: a peer's value must not throw. */
function checked(type: AgreementType, pair: KeyAgreement): KeyAgreement {
  const bytes = publicValueBytes[type];
  return {
    publicValue: pair.publicValue,
    agree(publicValue) {
      if (publicValue.length !== bytes) return undefined;
      try {
        const result = pair.agree(publicValue)!;
        const copy = new Uint8Array(result);
        result.fill(0);
        return copy;
      } catch {
        return undefined;
      }
    },
  };
}
