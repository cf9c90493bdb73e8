/** DHPart1 and DHPart2: public values, and hashes of the secrets that each side remembers. RFC 6189 §5.5, §5.6. */

import type { ZrtpCrypto } from "./crypto.ts";
import type { HashChain } from "./hash-chain.ts";
import { macBytes, newMessage, putMac } from "./message.ts";

/** Truncated to 64 bits each (§4.3.1). */
export interface SecretIds {
  readonly rs1: Uint8Array;
  readonly rs2: Uint8Array;
  readonly aux: Uint8Array;
  readonly pbx: Uint8Array;
}

export interface DhPart {
  readonly h1: Uint8Array;
  readonly ids: SecretIds;
  readonly publicValue: Uint8Array;
  /** The whole message. */
  readonly octets: Uint8Array;
}

const fixedBytes = 76;
export const idBytes = 8;

/** `undefined` when it is not as long as its key agreement demands. */
export function decodeDhPart(octets: Uint8Array, publicValueBytes: number): DhPart | undefined {
  if (octets.length !== fixedBytes + publicValueBytes + macBytes) return undefined;
  const id = (at: number): Uint8Array => octets.slice(at, at + idBytes);
  return {
    h1: octets.slice(12, 44),
    ids: { rs1: id(44), rs2: id(52), aux: id(60), pbx: id(68) },
    publicValue: octets.slice(fixedBytes, fixedBytes + publicValueBytes),
    octets: octets.slice(),
  };
}

export function encodeDhPart(
  crypto: ZrtpCrypto,
  chain: HashChain,
  type: "DHPart1" | "DHPart2",
  ids: SecretIds,
  publicValue: Uint8Array,
): Uint8Array {
  const octets = newMessage(type, fixedBytes + publicValue.length + macBytes);
  octets.set(chain.h1, 12);
  octets.set(ids.rs1, 44);
  octets.set(ids.rs2, 52);
  octets.set(ids.aux, 60);
  octets.set(ids.pbx, 68);
  octets.set(publicValue, fixedBytes);
  return putMac(crypto, octets, chain.h0);
}
