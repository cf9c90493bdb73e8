/** A message in pieces that can be moved about: start line, header lines, body. Cut without any of the code under test. */

export interface Draft {
  /** Without its line end. */
  start: string;
  /** Each with its folds, without its last line end. */
  lines: string[];
  body: string;
}

export function draftOf(text: string): Draft {
  const empty = text.indexOf("\r\n\r\n");
  const head = empty === -1 ? text : text.slice(0, empty);
  const body = empty === -1 ? "" : text.slice(empty + 4);
  const [start = "", ...lines] = head.split(/\r\n(?![ \t])/);
  return { start, lines, body };
}

export function copyOf(draft: Draft): Draft {
  return { start: draft.start, lines: draft.lines.slice(), body: draft.body };
}

export function textOf(draft: Draft): string {
  return draft.lines.length === 0
    ? `${draft.start}\r\n\r\n${draft.body}`
    : `${draft.start}\r\n${draft.lines.join("\r\n")}\r\n\r\n${draft.body}`;
}

/** The name of a header line as written, without white space before its colon. */
export function nameOf(line: string): string {
  const colon = line.indexOf(":");
  return colon === -1 ? line : line.slice(0, colon).trimEnd();
}

export function valueText(line: string): string {
  const colon = line.indexOf(":");
  return colon === -1 ? "" : line.slice(colon + 1).trimStart();
}

const length = /^(?:content-length|l)[ \t]*:/i;

/** The place of the first Content-Length line; -1 when there is none. */
export function lengthLine(draft: Draft): number {
  return draft.lines.findIndex((line) => length.test(line));
}

/** Lets Content-Length say how long the body is, so that what was changed elsewhere is looked at. */
export function settleLength(draft: Draft): void {
  const at = lengthLine(draft);
  const line = `Content-Length: ${draft.body.length}`;
  if (at === -1) draft.lines.push(line);
  else draft.lines[at] = line;
}
