/** Values of the attributes of RFC 8489 §14: addresses, error codes, unknown attributes, texts. */

import type { NewAttribute } from "./encode.ts";
import { formatIp, parseIp } from "./ip.ts";
import { findAttribute, magicCookie, StunAttribute, type StunMessage } from "./message.ts";

export interface StunAddress {
  readonly address: string;
  readonly port: number;
}

export interface StunError {
  /** 300 to 699. */
  readonly code: number;
  readonly reason: string;
}

/** Reasons of RFC 8489 §14.8. */
export const stunReasons: Readonly<Record<number, string>> = {
  300: "Try Alternate",
  400: "Bad Request",
  401: "Unauthenticated",
  420: "Unknown Attribute",
  438: "Stale Nonce",
  500: "Server Error",
};

//  |0 0 0 0 0 0 0 0|    family     |         port XOR cookie        |
//  |          address XOR cookie (IPv6: cookie and transaction id)  |

/** XOR-MAPPED-ADDRESS (§14.2), or another attribute of the same form. */
export function xorAddress(
  endpoint: StunAddress,
  transactionId: Uint8Array,
  type: number = StunAttribute.xorMappedAddress,
): NewAttribute {
  const ip = parseIp(endpoint.address);
  if (ip === undefined) throw new TypeError(`not an IP address: ${endpoint.address}`);
  const value = new Uint8Array(4 + ip.length);
  value[1] = ip.length === 4 ? 1 : 2;
  new DataView(value.buffer).setUint16(2, endpoint.port ^ (magicCookie >>> 16));
  for (let at = 0; at < ip.length; at++) value[4 + at] = ip[at]! ^ maskOctet(at, transactionId);
  return { type, value };
}

/** The address in XOR-MAPPED-ADDRESS, else in MAPPED-ADDRESS; `undefined` when absent or malformed. */
export function mappedAddress(message: StunMessage): StunAddress | undefined {
  const xored = findAttribute(message, StunAttribute.xorMappedAddress);
  if (xored !== undefined) return readXorAddress(xored.value, message.transactionId);
  const plain = findAttribute(message, StunAttribute.mappedAddress);
  return plain === undefined ? undefined : readAddress(plain.value);
}

export function readXorAddress(value: Uint8Array, transactionId: Uint8Array): StunAddress | undefined {
  const clear = value.slice();
  if (clear.length < 4) return undefined;
  clear[2] = clear[2]! ^ (magicCookie >>> 24);
  clear[3] = clear[3]! ^ ((magicCookie >>> 16) & 255);
  for (let at = 4; at < clear.length && at < 20; at++) clear[at] = clear[at]! ^ maskOctet(at - 4, transactionId);
  return readAddress(clear);
}

function readAddress(value: Uint8Array): StunAddress | undefined {
  const size = value[1] === 1 ? 8 : value[1] === 2 ? 20 : 0;
  if (value.length !== size) return undefined;
  return { address: formatIp(value.subarray(4)), port: (value[2]! << 8) | value[3]! };
}

function maskOctet(at: number, transactionId: Uint8Array): number {
  return at < 4 ? (magicCookie >>> (24 - at * 8)) & 255 : transactionId[at - 4]!;
}

/** ERROR-CODE (§14.8): hundreds and rest in an octet each, then the reason. */
export function errorCode(code: number, reason: string = stunReasons[code] ?? ""): NewAttribute {
  const text = new TextEncoder().encode(reason);
  const value = new Uint8Array(4 + text.length);
  value[2] = Math.floor(code / 100);
  value[3] = code % 100;
  value.set(text, 4);
  return { type: StunAttribute.errorCode, value };
}

export function readErrorCode(message: StunMessage): StunError | undefined {
  const value = findAttribute(message, StunAttribute.errorCode)?.value;
  if (value === undefined || value.length < 4) return undefined;
  const hundreds = value[2]! & 7;
  if (hundreds < 3 || hundreds > 6 || value[3]! > 99) return undefined;
  return { code: hundreds * 100 + value[3]!, reason: new TextDecoder().decode(value.subarray(4)) };
}

/** UNKNOWN-ATTRIBUTES (§14.13): the types that a 420 refuses. */
export function unknownAttributes(types: readonly number[]): NewAttribute {
  const value = new Uint8Array(types.length * 2);
  const view = new DataView(value.buffer);
  for (const [index, type] of types.entries()) view.setUint16(index * 2, type);
  return { type: StunAttribute.unknownAttributes, value };
}

export function readUnknownAttributes(message: StunMessage): number[] {
  const value = findAttribute(message, StunAttribute.unknownAttributes)?.value;
  const types: number[] = [];
  for (let at = 0; value !== undefined && at + 1 < value.length; at += 2)
    types.push((value[at]! << 8) | value[at + 1]!);
  return types;
}

/** An attribute that holds UTF-8: USERNAME, REALM, NONCE, SOFTWARE. */
export function textAttribute(type: number, text: string): NewAttribute {
  return { type, value: new TextEncoder().encode(text) };
}

export function readText(message: StunMessage, type: number): string | undefined {
  const value = findAttribute(message, type)?.value;
  return value === undefined ? undefined : new TextDecoder().decode(value);
}
