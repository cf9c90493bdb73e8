/** Percent escapes in URIs. RFC 3261 §19.1.2, §25.1. */

import { utf8Decode, utf8Encode } from "./lexer.ts";

/** `%41` → `A`, UTF-8 octets read as text. A % that is no escape stays. */
export function unescapeUri(text: string): string {
  if (!text.includes("%")) return text;
  return utf8Decode(
    text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
  );
}

/** Text as a user part: everything that `user` may not hold (§25.1) is escaped, in UTF-8. */
export function escapeUser(text: string): string {
  return percentEncode(text, /[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/g);
}

/** Text as the value of a URI parameter or a URI header field. */
export function escapeParam(text: string): string {
  return percentEncode(text, /[^A-Za-z0-9\-_.!~*'()[\]/:+$]/g);
}

function percentEncode(text: string, escaped: RegExp): string {
  return utf8Encode(text).replace(
    escaped,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
