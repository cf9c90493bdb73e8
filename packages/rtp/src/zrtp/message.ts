/** What all ZRTP messages share: type blocks, heads, MACs at their ends. RFC 6189 §5.1, §5.1.1, §5.1.2.2. */

import { writeUint16 } from "../octets.ts";
import type { ZrtpCrypto } from "./crypto.ts";

/** RFC 6189 table 1. */
const types = [
  "Hello",
  "HelloACK",
  "Commit",
  "DHPart1",
  "DHPart2",
  "Confirm1",
  "Confirm2",
  "Conf2ACK",
  "Error",
  "ErrorACK",
  "GoClear",
  "ClearACK",
  "SASrelay",
  "RelayACK",
  "Ping",
  "PingACK",
] as const;

export type MessageType = (typeof types)[number];

const byBlock: ReadonlyMap<string, MessageType> = new Map(types.map((type) => [type.padEnd(8), type]));
/** Of the MACs at the end of Hello, Commit and DHPart. */
export const macBytes = 8;

/** `undefined` for a type that this version does not know. */
export function messageTypeOf(message: Uint8Array): MessageType | undefined {
  return byBlock.get(textOf(message, 4, 8));
}

/** A message of zeros with its head; `bytes` in whole words. */
export function newMessage(type: MessageType, bytes: number): Uint8Array {
  const message = new Uint8Array(bytes);
  writeUint16(message, 0, 0x505a);
  writeUint16(message, 2, bytes / 4);
  putText(message, 4, type.padEnd(8));
  return message;
}

/** An acknowledgement: nothing but its type. */
export function acknowledgement(type: "HelloACK" | "Conf2ACK" | "ErrorACK" | "RelayACK"): Uint8Array {
  return newMessage(type, 12);
}

export function putText(octets: Uint8Array, offset: number, text: string): void {
  for (let at = 0; at < text.length; at++) octets[offset + at] = text.charCodeAt(at);
}

/** One character per octet. */
export function textOf(octets: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...octets.subarray(offset, offset + length));
}

/** Writes the MAC of the message into its last eight octets: HMAC-SHA-256, whatever is negotiated (§5.1.2.2). */
export function putMac(crypto: ZrtpCrypto, message: Uint8Array, key: Uint8Array): Uint8Array {
  message.set(macOf(crypto, message, key), message.length - macBytes);
  return message;
}

export function hasRightMac(crypto: ZrtpCrypto, message: Uint8Array, key: Uint8Array): boolean {
  return isEqual(macOf(crypto, message, key), message.subarray(message.length - macBytes));
}

/** In time that does not depend on where a difference is. */
export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at]!;
  return difference === 0;
}

function macOf(crypto: ZrtpCrypto, message: Uint8Array, key: Uint8Array): Uint8Array {
  return crypto.hmac("S256", key, message.subarray(0, message.length - macBytes)).subarray(0, macBytes);
}
