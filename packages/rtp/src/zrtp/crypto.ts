/** The port through which ZRTP reaches cryptography: Node's is in `@trapezoid/rtp/node`. */

import type { AgreementType, HashType } from "./algorithms.ts";

/** One ephemeral key pair. */
export interface KeyAgreement {
  /** What is sent, formatted as RFC 6189 §4.4.1.1 and §5.1.5 say. */
  readonly publicValue: Uint8Array;
  /** DHResult (§4.4.1.4); `undefined` when the other side's value must not be used (§4.4.1.2: 0, 1, p-1, or not on the curve). */
  agree(publicValue: Uint8Array): Uint8Array | undefined;
}

export interface ZrtpCrypto {
  /** Octets that nobody can guess (§4.8). */
  random(bytes: number): Uint8Array;
  /** Of the parts one after the other: 32 octets for S256, 48 for S384. */
  hash(type: HashType, ...parts: readonly Uint8Array[]): Uint8Array;
  hmac(type: HashType, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /** AES in cipher feedback mode of full blocks (§5.7); the key has 16, 24 or 32 octets, `iv` 16. */
  encryptCfb(key: Uint8Array, iv: Uint8Array, text: Uint8Array): Uint8Array;
  decryptCfb(key: Uint8Array, iv: Uint8Array, text: Uint8Array): Uint8Array;
  /** A fresh pair; `secretBytes` is the length of a finite field's exponent (§5.1.5). */
  keyAgreement(type: AgreementType, secretBytes: number): KeyAgreement;
}
