/** Forwarding by splice: a message's text with a few stretches replaced, all else byte-identical. RFC 3261 §16.6. */

/** Replace `text[start, end)`; `start === end` inserts. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits that are sorted and do not overlap; throws `TypeError` when they are not. */
export function splice(text: string, edits: readonly Edit[]): string {
  let out = "";
  let at = 0;
  for (const edit of edits) {
    if (edit.start < at || edit.end < edit.start || edit.end > text.length) {
      throw new TypeError(`splice edits must be sorted, in range and apart: ${edit.start}-${edit.end} after ${at}`);
    }
    if (edit.start > at) out += text.slice(at, edit.start);
    out += edit.text;
    at = edit.end;
  }
  return at === 0 ? out + text : out + text.slice(at);
}
