/** The values of a list header field with their places in the text, for edits that leave everything else alone. RFC 3261 §7.3.1. */

import { listElementEnd, skipQuoted, skipSpace, trimEnd } from "../message/lexer.ts";
import type { SipMessage } from "../message/message.ts";

/** One value: `text[start, end)` of `line`, its URI at `text[uriStart, uriEnd)`. */
export interface ListValue {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly uriStart: number;
  readonly uriEnd: number;
}

/** Every value of the header field `id`, in order. Empty elements are left out. */
export function listValues(message: SipMessage, id: number): ListValue[] {
  const values: ListValue[] = [];
  const text = message.text;
  for (let line = message.findLine(id); line !== -1; line = message.findLine(id, line + 1)) {
    const lineEnd = message.valueEnd(line);
    let at = message.valueStart(line);
    while (at < lineEnd) {
      const comma = listElementEnd(text, at, lineEnd);
      const start = skipSpace(text, at, comma);
      const end = trimEnd(text, start, comma);
      if (end > start) values.push(valueAt(text, line, start, end));
      at = comma + 1;
    }
  }
  return values;
}

function valueAt(text: string, line: number, start: number, end: number): ListValue {
  let open = start;
  if (text.charCodeAt(open) === 34) {
    const close = skipQuoted(text, open, end);
    if (close !== -1) open = close;
  }
  open = indexWithin(text, 60, open, end);
  if (open !== -1) {
    const close = indexWithin(text, 62, open, end);
    if (close !== -1) return { line, start, end, uriStart: open + 1, uriEnd: close };
  }
  // addr-spec: a semicolon starts the header's parameters.
  const semicolon = indexWithin(text, 59, start, end);
  return { line, start, end, uriStart: start, uriEnd: semicolon === -1 ? end : trimEnd(text, start, semicolon) };
}

/** `indexOf` would look through all that follows, once for every value. */
function indexWithin(text: string, code: number, start: number, end: number): number {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === code) return at;
  return -1;
}

/** How many values one line of a list header field has. */
export function valuesOnLine(message: SipMessage, line: number): number {
  const { text } = message;
  const lineEnd = message.valueEnd(line);
  let at = message.valueStart(line);
  const comma = text.indexOf(",", at);
  if (comma === -1 || comma >= lineEnd) return 1;
  let count = 0;
  while (at < lineEnd) {
    const end = listElementEnd(text, at, lineEnd);
    if (skipSpace(text, at, end) < end) count++;
    at = end + 1;
  }
  return count;
}

/** A stretch of the text to leave out. */
export interface Cut {
  readonly start: number;
  readonly end: number;
}

/**
 * What to cut so that only the values with `keep[i]` remain: whole lines where nothing is kept, else the values with the commas
 * that set them apart.
 */
export function cutsFor(message: SipMessage, values: readonly ListValue[], keep: (index: number) => boolean): Cut[] {
  const cuts: Cut[] = [];
  let first = 0;
  while (first < values.length) {
    const line = values[first]!.line;
    let last = first;
    while (last + 1 < values.length && values[last + 1]!.line === line) last++;
    let kept = -1;
    let from = -1;
    for (let i = first; i <= last; i++) {
      const value = values[i]!;
      if (keep(i)) {
        if (from !== -1) cuts.push({ start: from, end: value.start });
        from = -1;
        kept = i;
      } else if (from === -1) {
        // Up to the next kept value; when none follows, the comma before goes instead of the one after.
        from = value.start;
      }
    }
    if (kept === -1) cuts.push({ start: message.lineStart(line), end: message.lineEnd(line) });
    else if (from !== -1) cuts.push({ start: values[kept]!.end, end: values[last]!.end });
    first = last + 1;
  }
  return cuts;
}
