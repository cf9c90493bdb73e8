/** Hello: who speaks, and which algorithms it can do. RFC 6189 §5.2, §8.1. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import type { ZrtpCrypto } from "./crypto.ts";
import type { HashChain } from "./hash-chain.ts";
import { macBytes, newMessage, putMac, putText, textOf } from "./message.ts";

export const protocolVersion = "1.10";
export const zidBytes = 12;
const clientIdBytes = 16;
/** Up to the lists. */
const fixedBytes = 80;
const maxListed = 7;

/** The five lists as they are in the message, unknown names among them, without trailing spaces. */
export interface HelloLists {
  readonly hashes: readonly string[];
  readonly ciphers: readonly string[];
  readonly authTags: readonly string[];
  readonly agreements: readonly string[];
  readonly sasTypes: readonly string[];
}

export interface Hello {
  readonly version: string;
  readonly clientId: string;
  readonly h3: Uint8Array;
  readonly zid: Uint8Array;
  /** Can relay authentication strings: a device between the people who talk (§7.3). */
  readonly mitm: boolean;
  /** Never sends a Commit. */
  readonly passive: boolean;
  readonly lists: HelloLists;
  /** The whole message. */
  readonly octets: Uint8Array;
}

export function decodeHello(octets: Uint8Array): Result<Hello, Fault> {
  if (octets.length < fixedBytes + macBytes) return fault("ZRTP_SHORT", "the Hello is cut off", octets.length);
  const counts = [octets[77]! & 15, octets[78]! >> 4, octets[78]! & 15, octets[79]! >> 4, octets[79]! & 15];
  if (counts.some((count) => count > maxListed)) {
    return fault("ZRTP_BAD_HELLO", "a Hello lists at most seven algorithms of a kind", 77);
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (octets.length !== fixedBytes + total * 4 + macBytes) {
    return fault("ZRTP_BAD_LENGTH", `the Hello lists ${total} algorithms and has ${octets.length} octets`, 77);
  }
  let at = fixedBytes;
  const take = (count: number): string[] =>
    Array.from({ length: count }, () => {
      at += 4;
      return textOf(octets, at - 4, 4).trimEnd();
    });
  const [hashes, ciphers, authTags, agreements, sasTypes] = counts.map(take);
  const flags = octets[76]!;
  return ok({
    version: textOf(octets, 12, 4),
    clientId: printable(textOf(octets, 16, clientIdBytes)),
    h3: octets.slice(32, 64),
    zid: octets.slice(64, 64 + zidBytes),
    mitm: (flags & 0x20) !== 0,
    passive: (flags & 0x10) !== 0,
    lists: {
      hashes: hashes!,
      ciphers: ciphers!,
      authTags: authTags!,
      agreements: agreements!,
      sasTypes: sasTypes!,
    },
    octets: octets.slice(),
  });
}

export interface HelloFields {
  readonly clientId: string;
  readonly zid: Uint8Array;
  readonly passive: boolean;
  readonly lists: HelloLists;
}

/** The message of version 1.10 with its MAC. Throws `TypeError` for a ZID that has not 12 octets and for lists longer than seven. */
export function encodeHello(crypto: ZrtpCrypto, chain: HashChain, fields: HelloFields): Uint8Array {
  const { clientId, zid, passive, lists } = fields;
  if (zid.length !== zidBytes) throw new TypeError(`a ZID has 12 octets, not ${zid.length}`);
  const all = [lists.hashes, lists.ciphers, lists.authTags, lists.agreements, lists.sasTypes];
  if (all.some((list) => list.length > maxListed)) {
    throw new TypeError("a Hello lists at most seven algorithms of a kind");
  }
  const names = all.flat();
  const octets = newMessage("Hello", fixedBytes + names.length * 4 + macBytes);
  putText(octets, 12, protocolVersion);
  putText(octets, 16, clientId.slice(0, clientIdBytes).padEnd(clientIdBytes));
  octets.set(chain.h3, 32);
  octets.set(zid, 64);
  octets[76] = passive ? 0x10 : 0;
  octets[77] = lists.hashes.length;
  octets[78] = (lists.ciphers.length << 4) | lists.authTags.length;
  octets[79] = (lists.agreements.length << 4) | lists.sasTypes.length;
  for (const [index, name] of names.entries()) putText(octets, fixedBytes + index * 4, name.padEnd(4));
  return putMac(crypto, octets, chain.h2);
}

/** RFC 6189 §8.1: what a=zrtp-hash says about a Hello, `1.10 <64 hexadecimal digits>`. */
export function helloHash(crypto: ZrtpCrypto, octets: Uint8Array): string {
  return `${protocolVersion} ${hexOf(crypto.hash("S256", octets))}`;
}

/** Whether a Hello is the one that the signalling announced; `undefined` when that is of another version, and says nothing. */
export function isAnnounced(crypto: ZrtpCrypto, octets: Uint8Array, announced: string): boolean | undefined {
  const [version = "", hash = ""] = announced.trim().split(/\s+/);
  if (version.slice(0, 3) !== protocolVersion.slice(0, 3)) return undefined;
  return `${protocolVersion} ${hash.toLowerCase()}` === helloHash(crypto, octets);
}

export function hexOf(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += octet.toString(16).padStart(2, "0");
  return text;
}

/** What a peer sends ends up in logs and on screens. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "").trim();
}
