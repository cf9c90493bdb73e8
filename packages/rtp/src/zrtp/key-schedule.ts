/** From the result of the key agreement to all keys. RFC 6189 §4.4.1.4, §4.4.3.2, §4.5, §4.6.1. */

import { writeUint32 } from "../octets.ts";
import { type CipherType, cipherKeyBytes, type HashType, hashBytes } from "./algorithms.ts";
import type { SealingKeys } from "./confirm.ts";
import type { ZrtpCrypto } from "./crypto.ts";
import { putText } from "./message.ts";
import type { SharedSecrets } from "./retained-secrets.ts";

/** One direction of SRTP. */
export interface MasterKey {
  readonly key: Uint8Array;
  /** 14 octets. */
  readonly salt: Uint8Array;
}

export interface StreamKeys {
  readonly srtp: { readonly initiator: MasterKey; readonly responder: MasterKey };
  readonly sealing: { readonly initiator: SealingKeys; readonly responder: SealingKeys };
}

/** §4.5.1: HMAC(key, i ‖ label ‖ 0 ‖ context ‖ L), the first `bits`. */
export function deriveKey(
  crypto: ZrtpCrypto,
  hash: HashType,
  key: Uint8Array,
  label: string,
  context: Uint8Array,
  bits: number,
): Uint8Array {
  const head = new Uint8Array(4 + label.length + 1);
  writeUint32(head, 0, 1);
  putText(head, 4, label);
  return crypto.hmac(hash, key, head, context, word(bits)).slice(0, bits / 8);
}

/** KDF_Context: ZIDi ‖ ZIDr ‖ total_hash. */
export function contextOf(zidInitiator: Uint8Array, zidResponder: Uint8Array, totalHash: Uint8Array): Uint8Array {
  const context = new Uint8Array(zidInitiator.length + zidResponder.length + totalHash.length);
  context.set(zidInitiator);
  context.set(zidResponder, zidInitiator.length);
  context.set(totalHash, zidInitiator.length + zidResponder.length);
  return context;
}

/** s0 of a Diffie-Hellman exchange (§4.4.1.4). Trusted devices in the middle are not enrolled with: s3 is null. */
export function secretOf(
  crypto: ZrtpCrypto,
  hash: HashType,
  dhResult: Uint8Array,
  context: Uint8Array,
  { retained, aux }: SharedSecrets,
): Uint8Array {
  const algorithm = new Uint8Array(13);
  putText(algorithm, 0, "ZRTP-HMAC-KDF");
  const secrets = [retained, aux, undefined].flatMap((secret) => [
    word(secret?.length ?? 0),
    secret ?? new Uint8Array(0),
  ]);
  return crypto.hash(hash, word(1), dhResult, algorithm, context, ...secrets);
}

/** §4.5.3, for every mode. */
export function deriveStreamKeys(
  crypto: ZrtpCrypto,
  { hash, cipher }: { readonly hash: HashType; readonly cipher: CipherType },
  s0: Uint8Array,
  context: Uint8Array,
): StreamKeys {
  const derive = (label: string, bits: number): Uint8Array => deriveKey(crypto, hash, s0, label, context, bits);
  const keyBits = cipherKeyBytes[cipher] * 8;
  const hashBits = hashBytes[hash] * 8;
  const master = (name: string): MasterKey => ({
    key: derive(`${name} SRTP master key`, keyBits),
    salt: derive(`${name} SRTP master salt`, 112),
  });
  const sealing = (name: string): SealingKeys => ({
    hash,
    mac: derive(`${name} HMAC key`, hashBits),
    cipher: derive(`${name} ZRTP key`, keyBits),
  });
  return {
    srtp: { initiator: master("Initiator"), responder: master("Responder") },
    sealing: { initiator: sealing("Initiator"), responder: sealing("Responder") },
  };
}

/** What only the first stream of a call derives (§4.5.2, §4.6.1). */
export interface SessionSecrets {
  /** ZRTPSess, from which further streams have their keys. */
  readonly sessionKey: Uint8Array;
  /** 32 octets; the first four are the SAS value. */
  readonly sasHash: Uint8Array;
  /** The new rs1. */
  readonly retained: Uint8Array;
}

export function deriveSessionSecrets(
  crypto: ZrtpCrypto,
  hash: HashType,
  s0: Uint8Array,
  context: Uint8Array,
): SessionSecrets {
  const derive = (label: string, bits: number): Uint8Array => deriveKey(crypto, hash, s0, label, context, bits);
  return {
    sessionKey: derive("ZRTP Session Key", hashBytes[hash] * 8),
    sasHash: derive("SAS", 256),
    retained: derive("retained secret", 256),
  };
}

/** s0 of a further stream (§4.4.3.2). */
export function multistreamSecretOf(
  crypto: ZrtpCrypto,
  hash: HashType,
  sessionKey: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  return deriveKey(crypto, hash, sessionKey, "ZRTP MSK", context, hashBytes[hash] * 8);
}

function word(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  writeUint32(octets, 0, value);
  return octets;
}
