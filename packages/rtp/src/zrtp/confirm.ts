/** Confirm1, Confirm2 and SASrelay: sealed with the new keys. RFC 6189 §4.6, §5.7, §5.13. */

import { readUint16, readUint32, writeUint32 } from "../octets.ts";
import type { HashType } from "./algorithms.ts";
import type { ZrtpCrypto } from "./crypto.ts";
import { isEqual, macBytes, newMessage, textOf } from "./message.ts";

/** The keys of one direction. */
export interface SealingKeys {
  readonly hash: HashType;
  readonly mac: Uint8Array;
  readonly cipher: Uint8Array;
}

export interface ConfirmContent {
  readonly h0: Uint8Array;
  /** PBX enrolment is offered (§7.3.1). */
  readonly enrolment: boolean;
  /** The sender's user has compared the authentication string in an earlier call (§7.1). */
  readonly verified: boolean;
  /** GoClear is accepted (§4.7.2). */
  readonly allowClear: boolean;
  /** Keys are disclosed to somebody (§11). */
  readonly disclosure: boolean;
  /** Seconds that the new secret is remembered; 0xffffffff: for ever (§4.9). */
  readonly cacheSeconds: number;
}

const ivBytes = 16;
const sealedAt = 12 + macBytes + ivBytes;
const contentBytes = 40;
const relayBytes = 40;

export function sealConfirm(
  crypto: ZrtpCrypto,
  type: "Confirm1" | "Confirm2",
  keys: SealingKeys,
  content: ConfirmContent,
): Uint8Array {
  const text = new Uint8Array(contentBytes);
  text.set(content.h0);
  text[35] =
    (content.enrolment ? 8 : 0) |
    (content.verified ? 4 : 0) |
    (content.allowClear ? 2 : 0) |
    (content.disclosure ? 1 : 0);
  writeUint32(text, 36, content.cacheSeconds);
  const message = newMessage(type, sealedAt + contentBytes);
  const iv = crypto.random(ivBytes);
  const sealed = crypto.encryptCfb(keys.cipher, iv, text);
  message.set(crypto.hmac(keys.hash, keys.mac, sealed).subarray(0, macBytes), 12);
  message.set(iv, 12 + macBytes);
  message.set(sealed, sealedAt);
  return message;
}

/** `undefined` when the MAC is wrong; a signature (§7.2) is passed over. */
export function openConfirm(crypto: ZrtpCrypto, keys: SealingKeys, message: Uint8Array): ConfirmContent | undefined {
  const text = open(crypto, keys, message, contentBytes);
  if (text === undefined || !hasRoomForSignature(text, 32, contentBytes)) return undefined;
  const flags = text[35]!;
  const enrolment = (flags & 8) !== 0;
  return {
    h0: text.slice(0, 32),
    enrolment,
    verified: (flags & 4) !== 0,
    // §7.3.1: with E set, A counts as not set.
    allowClear: (flags & 2) !== 0 && !enrolment,
    disclosure: (flags & 1) !== 0,
    cacheSeconds: readUint32(text, 36),
  };
}

export interface RelayContent {
  readonly verified: boolean;
  readonly disclosure: boolean;
  /** `B32`, `B256`. */
  readonly sasType: string;
  /** 32 octets; zeros where no trust is assumed. */
  readonly sasHash: Uint8Array;
}

/** `undefined` when the MAC is wrong. */
export function openSasRelay(crypto: ZrtpCrypto, keys: SealingKeys, message: Uint8Array): RelayContent | undefined {
  const text = open(crypto, keys, message, relayBytes);
  if (text === undefined || !hasRoomForSignature(text, 0, relayBytes)) return undefined;
  return {
    verified: (text[3]! & 4) !== 0,
    disclosure: (text[3]! & 1) !== 0,
    sasType: textOf(text, 4, 4).trimEnd(),
    sasHash: text.slice(8, 40),
  };
}

function open(crypto: ZrtpCrypto, keys: SealingKeys, message: Uint8Array, least: number): Uint8Array | undefined {
  if (message.length < sealedAt + least) return undefined;
  const sealed = message.subarray(sealedAt);
  const mac = crypto.hmac(keys.hash, keys.mac, sealed).subarray(0, macBytes);
  if (!isEqual(mac, message.subarray(12, 12 + macBytes))) return undefined;
  return crypto.decryptCfb(keys.cipher, message.subarray(12 + macBytes, sealedAt), sealed);
}

/** Nine bits count the signature in words. */
function hasRoomForSignature(text: Uint8Array, flagsAt: number, least: number): boolean {
  const words = readUint16(text, flagsAt + 1) & 0x1ff;
  return text.length === least + words * 4;
}
