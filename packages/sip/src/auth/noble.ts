/** The hash port where there is no node:crypto: WebCrypto is asynchronous and has no MD5. */

import { md5 } from "@noble/hashes/legacy.js";
import { sha256, sha512_256 } from "@noble/hashes/sha2.js";
import { type Hash, hexText } from "./hash.ts";

function octets(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export const nobleHash: Hash = {
  md5: (text) => hexText(md5(octets(text))),
  sha256: (text) => hexText(sha256(octets(text))),
  sha512_256: (text) => hexText(sha512_256(octets(text))),
  random: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
};
