/** Short unkeyed hashes and base64url for what stands in branches and tokens. */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Two characters for every 12 bits: text is put together from few pieces. */
const pairs: readonly string[] = Array.from({ length: 4096 }, (_, n) => alphabet[n >> 6]! + alphabet[n & 63]!);

/** Start of `mix`: the offset basis of FNV-1a. */
export const hashSeed: number = 0x811c9dc5 | 0;

/** FNV-1a over a text; chained by passing the last result as `hash`. */
export function mix(hash: number, text: string): number {
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  // A separator, so that "ab" + "c" is not "a" + "bc".
  return Math.imul(hash ^ 0x1ff, 0x01000193);
}

/** As `mix`, of `text[start, end)`. */
export function mixRange(hash: number, text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return Math.imul(hash ^ 0x1ff, 0x01000193);
}

/** 32 bits as 6 characters that are token characters and may stand in a URI's user part. */
export function hashText(hash: number): string {
  return pairs[(hash >>> 20) & 4095]! + pairs[(hash >>> 8) & 4095]! + pairs[(hash & 255) << 4]!;
}

/** 24 bits of the text's hash, 4 characters. */
export function hash24(text: string): string {
  const hash = mix(hashSeed, text);
  return text24(hash ^ (hash >>> 24));
}

/** The lower 24 bits as 4 characters. */
export function text24(bits: number): string {
  return pairs[(bits >>> 12) & 4095]! + pairs[bits & 4095]!;
}

/** RFC 4648 §5 without padding, of octets one a character. */
export function toBase64Url(octets: string): string {
  let text = "";
  for (let at = 0; at < octets.length; at += 3) {
    const left = octets.length - at;
    const bits =
      (octets.charCodeAt(at) << 16) |
      (left > 1 ? octets.charCodeAt(at + 1) << 8 : 0) |
      (left > 2 ? octets.charCodeAt(at + 2) : 0);
    text += pairs[(bits >>> 12) & 4095]! + pairs[bits & 4095]!;
    if (left < 3) text = text.slice(0, left - 3);
  }
  return text;
}

/** `undefined` when a character is none of the alphabet's. */
export function fromBase64Url(text: string): string | undefined {
  let octets = "";
  let bits = 0;
  let held = 0;
  for (let at = 0; at < text.length; at++) {
    const value = alphabet.indexOf(text[at]!);
    if (value === -1) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      octets += String.fromCharCode((bits >> held) & 255);
    }
  }
  return octets;
}
