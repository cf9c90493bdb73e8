/** The hash functions of digest authentication, as a port: synchronous, so that no request waits for one. RFC 8760 §2.1. */

/** Texts have one character per octet (latin1); digests are lower-case hexadecimal (RFC 8760 §2.2). */
export interface Hash {
  md5(text: string): string;
  sha256(text: string): string;
  sha512_256(text: string): string;
  /** Octets from a cryptographic source. */
  random(length: number): Uint8Array;
}

/** The names of the three functions, which are also the names under which their secrets are stored. */
export type HashName = "md5" | "sha256" | "sha512_256";

/** Octets as a text of one character each, the form that `Hash` takes. */
export function octetText(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}

/** Octets of a hexadecimal digest. */
export function hexOctets(hex: string): Uint8Array {
  const octets = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return octets;
}

/** Octets as lower-case hexadecimal. */
export function hexText(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += (octet < 16 ? "0" : "") + octet.toString(16);
  return text;
}

/** Whether two texts are equal, in a time that depends on their length alone. */
export function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
