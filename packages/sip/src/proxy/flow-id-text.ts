/** Flow ids as they stand in tokens and branches. */

import { fromBase64Url, toBase64Url } from "./hash-text.ts";

/** Flow ids are opaque: one with characters that a user part or token cannot hold goes in base64url, marked by a tilde. */
export function flowIdText(id: string | undefined): string {
  if (id === undefined) return "";
  for (let at = 0; at < id.length; at++) {
    const code = id.charCodeAt(at);
    const plain = (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122) || code === 45 || code === 95;
    if (!plain) return `~${toBase64Url(id)}`;
  }
  return id;
}

export function flowIdFrom(text: string): string | undefined {
  if (text === "") return undefined;
  return text.charCodeAt(0) === 126 ? fromBase64Url(text.slice(1)) : text;
}
