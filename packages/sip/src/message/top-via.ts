/** Where the topmost Via value stands in a message that has not been parsed. RFC 3261 §7.3.1, §18.2.1. */

import { HeaderId, headerIdAt } from "./header-id.ts";
import { skipToken } from "./lexer.ts";

/** The offset after the colon of the first Via line; -1 when there is none before the empty line. */
export function topViaStart(text: string): number {
  let at = text.indexOf("\n") + 1;
  while (at > 0 && at < text.length) {
    const first = text.charCodeAt(at);
    if (first === 13 || first === 10) return -1;
    const next = text.indexOf("\n", at) + 1;
    if (next === 0) return -1;
    if ((first | 0x20) === 118) {
      const nameEnd = skipToken(text, at, next);
      let colon = nameEnd;
      while (text.charCodeAt(colon) === 32 || text.charCodeAt(colon) === 9) colon++;
      if (text.charCodeAt(colon) === 58 && headerIdAt(text, at, nameEnd) === HeaderId.Via) return colon + 1;
    }
    at = next;
  }
  return -1;
}

/** The offset after the last line end of the header field at `at`, the lines it is folded over included; -1 when it has no end. */
export function fieldEnd(text: string, at: number): number {
  let end = text.indexOf("\n", at) + 1;
  while (end > 0 && (text.charCodeAt(end) === 32 || text.charCodeAt(end) === 9)) end = text.indexOf("\n", end) + 1;
  return end === 0 ? -1 : end;
}
