/** The digest algorithms of SIP and what each is made of. RFC 8760 §2.1 and §2.7, RFC 7616 §3.4.2. */

import type { HashName } from "./hash.ts";

/** As on the wire. */
export type Algorithm = "MD5" | "MD5-sess" | "SHA-256" | "SHA-256-sess" | "SHA-512-256" | "SHA-512-256-sess";

export interface AlgorithmTraits {
  readonly hash: HashName;
  /** HA1 is hashed once more with nonce and cnonce (`-sess`). */
  readonly session: boolean;
  /** Characters of the hexadecimal digest. */
  readonly digestLength: number;
}

export const algorithmTraits: Readonly<Record<Algorithm, AlgorithmTraits>> = {
  MD5: { hash: "md5", session: false, digestLength: 32 },
  "MD5-sess": { hash: "md5", session: true, digestLength: 32 },
  "SHA-256": { hash: "sha256", session: false, digestLength: 64 },
  "SHA-256-sess": { hash: "sha256", session: true, digestLength: 64 },
  "SHA-512-256": { hash: "sha512_256", session: false, digestLength: 64 },
  "SHA-512-256-sess": { hash: "sha512_256", session: true, digestLength: 64 },
};

export const allAlgorithms = Object.keys(algorithmTraits) as readonly Algorithm[];

const byLowerCase = new Map<string, Algorithm>(allAlgorithms.map((name) => [name.toLowerCase(), name]));

/** The algorithm of this name in any case. RFC 7616 §3.3: no name means MD5. `undefined`: not one of ours. */
export function algorithmNamed(name: string | undefined): Algorithm | undefined {
  if (name === undefined || name === "MD5") return "MD5";
  return byLowerCase.get(name.toLowerCase());
}
