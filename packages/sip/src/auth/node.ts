/** The hash port on Node's OpenSSL. */

import { hash as digest, randomBytes } from "node:crypto";
import type { Hash } from "./hash.ts";

// A string is hashed as UTF-8, which for ASCII is its octets: the one-shot call then needs no copy.
function hashed(algorithm: string, text: string): string {
  return digest(algorithm, Buffer.byteLength(text) === text.length ? text : Buffer.from(text, "latin1"), "hex");
}

export const nodeHash: Hash = {
  md5: (text) => hashed("md5", text),
  sha256: (text) => hashed("sha256", text),
  sha512_256: (text) => hashed("sha512-256", text),
  random: (length) => randomBytes(length),
};
