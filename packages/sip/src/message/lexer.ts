/** The characters and lowest constructs of SIP text: tokens, white space, quoted strings, comma lists, UTF-8. RFC 3261 §25.1. */

export const TOKEN = 1;
export const SPACE = 2;
export const HOST = 4;
export const HEX = 8;
/** What may stand somewhere in a URI: everything printable but `<`, `>` and `"`. Octets of UTF-8 are let through. */
export const URI = 16;
/** What may stand in an unquoted parameter value: a URI's characters but `;` and `,`. */
export const VALUE = 32;
/** What has no meaning of its own anywhere in a SIP URI: a URI's characters but `; ? = @ % & :`. */
export const PLAIN = 64;

/** A bit set for each octet. */
export const charClass: Uint8Array = new Uint8Array(256);

for (let code = 0; code < 256; code++) {
  const char = String.fromCharCode(code);
  let bits = 0;
  if (/[A-Za-z0-9\-.!%*_+`'~]/.test(char)) bits |= TOKEN;
  // A fold is white space too (§7.3.1), so that values are read in place.
  if (/[ \t\r\n]/.test(char)) bits |= SPACE;
  // The underscore is no host character by §25.1, but names with one are in use and do no harm.
  if (/[A-Za-z0-9\-._]/.test(char)) bits |= HOST;
  if (/[0-9A-Fa-f]/.test(char)) bits |= HEX;
  if (code > 32 && code !== 127 && !/[<>"]/.test(char)) bits |= URI;
  if (bits & URI && !/[;,]/.test(char)) bits |= VALUE;
  if (bits & URI && !/[;?=@%&:]/.test(char)) bits |= PLAIN;
  charClass[code] = bits;
}

/** Whether `text[start, end)` is a non-empty token. */
export function isToken(text: string, start = 0, end: number = text.length): boolean {
  if (start >= end) return false;
  for (let at = start; at < end; at++) if (!(charClass[text.charCodeAt(at)]! & TOKEN)) return false;
  return true;
}

/** The first offset at or after `at` that is not white space. */
export function skipSpace(text: string, at: number, end: number): number {
  while (at < end && charClass[text.charCodeAt(at)]! & SPACE) at++;
  return at;
}

/** The offset after the last octet before `end` that is not white space. */
export function trimEnd(text: string, start: number, end: number): number {
  while (end > start && charClass[text.charCodeAt(end - 1)]! & SPACE) end--;
  return end;
}

/** The first offset at or after `at` that is no token character. */
export function skipToken(text: string, at: number, end: number): number {
  while (at < end && charClass[text.charCodeAt(at)]! & TOKEN) at++;
  return at;
}

/** Whether `SIP/2.0` stands at `at`, its letters in any case (§7.1). */
export function isSipVersion(text: string, at: number): boolean {
  return (
    at + 7 <= text.length &&
    text.charCodeAt(at + 3) === 47 &&
    text.charCodeAt(at + 4) === 50 &&
    text.charCodeAt(at + 5) === 46 &&
    text.charCodeAt(at + 6) === 48 &&
    (text.charCodeAt(at) | 0x20) === 115 &&
    (text.charCodeAt(at + 1) | 0x20) === 105 &&
    (text.charCodeAt(at + 2) | 0x20) === 112
  );
}

/** The offset after the closing quote of the quoted string that opens at `at`; -1 when it is not closed. */
export function skipQuoted(text: string, at: number, end: number): number {
  for (at++; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) return at + 1;
    if (code === 92) at++;
  }
  return -1;
}

/** Whether two texts are equal but for the case of ASCII letters. */
export function equalsIgnoreCase(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x === y) continue;
    const lower = x | 0x20;
    if (lower !== (y | 0x20) || lower < 97 || lower > 122) return false;
  }
  return true;
}

/** Splits at top-level commas: outside quoted strings and angle brackets. Empty elements are left out (RFC 4475 §3.1.1.1). */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = listElementEnd(text, start, text.length);
    const from = skipSpace(text, start, end);
    const to = trimEnd(text, from, end);
    if (to > from) parts.push(text.slice(from, to));
    start = end + 1;
  }
  return parts;
}

/** The offset of the comma that ends the list element at `at`, or `end`. */
export function listElementEnd(text: string, at: number, end: number): number {
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === 44) return at;
    if (code === 34) {
      at = skipQuoted(text, at, end);
      if (at === -1) return end;
    } else if (code === 60) {
      const close = text.indexOf(">", at);
      if (close === -1 || close >= end) return end;
      at = close + 1;
    } else at++;
  }
  return end;
}

/**
 * A folded value on one line: each fold, with the white space around it, becomes a space (§7.3.1). By hand, since an
 * expression that looks for white space before a line end is quadratic in white space without one.
 */
export function unfold(text: string): string {
  let at = text.indexOf("\r\n");
  if (at === -1) return text;
  let out = "";
  let from = 0;
  do {
    const code = text.charCodeAt(at + 2);
    let next = at + 2;
    if (code === 32 || code === 9) {
      next = skipSpace(text, next, text.length);
      out += `${text.slice(from, trimEnd(text, from, at))} `;
      from = next;
    }
    at = text.indexOf("\r\n", next);
  } while (at !== -1);
  return out + text.slice(from);
}

/** Text as a quoted string: in UTF-8 octets, quotes and backslashes escaped. A line break, which no quoted string can hold, becomes a space. */
export function quote(text: string): string {
  return `"${utf8Encode(text)
    .replace(/[\r\n]+/g, " ")
    .replace(/["\\]/g, "\\$&")}"`;
}

/** The text of a quoted string with its quotes: escapes undone, UTF-8 read. Text without quotes is only decoded. */
export function unquote(text: string): string {
  const closed = text.length > 1 && text.charCodeAt(0) === 34 && text.charCodeAt(text.length - 1) === 34;
  return closed ? unquoteRange(text, 1, text.length - 1) : utf8Decode(text);
}

/** The text between the quotes at `start - 1` and `end`. */
export function unquoteRange(text: string, start: number, end: number): string {
  let plain = true;
  for (let at = start; plain && at < end; at++) {
    const code = text.charCodeAt(at);
    plain = code < 128 && code !== 92 && code !== 13;
  }
  const raw = text.slice(start, end);
  if (plain) return raw;
  return utf8Decode(unfold(raw).replace(/\\([\s\S])/g, "$1"));
}

/** Octets (one a character) read as UTF-8. What is not valid UTF-8 is returned as it is, which reads it as Latin-1. */
export function utf8Decode(octets: string): string {
  let at = 0;
  while (at < octets.length && octets.charCodeAt(at) < 128) at++;
  if (at === octets.length) return octets;
  let text = octets.slice(0, at);
  while (at < octets.length) {
    const first = octets.charCodeAt(at);
    if (first < 128) {
      text += octets[at++];
      continue;
    }
    const more =
      first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
    if (more === 0) return octets;
    let point = first & (0x3f >> more);
    for (let i = 1; i <= more; i++) {
      const next = octets.charCodeAt(at + i);
      if (!(next >= 0x80 && next < 0xc0)) return octets;
      point = (point << 6) | (next & 0x3f);
    }
    const least = more === 1 ? 0x80 : more === 2 ? 0x800 : 0x10000;
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return octets;
    text += String.fromCodePoint(point);
    at += more + 1;
  }
  return text;
}

/** Text as UTF-8 octets, one a character. A lone surrogate becomes U+FFFD. */
export function utf8Encode(text: string): string {
  let at = 0;
  while (at < text.length && text.charCodeAt(at) < 128) at++;
  if (at === text.length) return text;
  let octets = text.slice(0, at);
  while (at < text.length) {
    let point = text.codePointAt(at)!;
    at += point > 0xffff ? 2 : 1;
    if (point >= 0xd800 && point < 0xe000) point = 0xfffd;
    if (point < 0x80) octets += String.fromCharCode(point);
    else if (point < 0x800) octets += String.fromCharCode(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point < 0x10000) {
      octets += String.fromCharCode(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    } else {
      octets += String.fromCharCode(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 0x3f),
        0x80 | ((point >> 6) & 0x3f),
        0x80 | (point & 0x3f),
      );
    }
  }
  return octets;
}
