/** Identifiers of ours, and chance. RFC 3261 §8.1.1.4, RFC 7989 §4.1. */

import { type Hash, hexText } from "../../auth/hash.ts";

/** §8.1.1.4: unlike any other, in space and time. */
export function newCallId(hash: Hash): string {
  return hexText(hash.random(16));
}

/** RFC 7989 §4.1: a random UUID (RFC 9562 §5.4) without its hyphens. */
export function newSessionId(hash: Hash): string {
  const octets = hash.random(16);
  octets[6] = (octets[6]! & 0x0f) | 0x40;
  octets[8] = (octets[8]! & 0x3f) | 0x80;
  return hexText(octets);
}

/** A whole number from 0 up to and including `most`, which is below 2**32. */
export function randomUpTo(hash: Hash, most: number): number {
  const octets = hash.random(4);
  const value = ((octets[0]! << 24) | (octets[1]! << 16) | (octets[2]! << 8) | octets[3]!) >>> 0;
  return Math.floor((value / 2 ** 32) * (most + 1));
}
