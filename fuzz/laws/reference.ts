/** SIP's header section read a second time, slowly and plainly, to compare with: none of the code under test. RFC 3261 §7.3. */

import { nameOf } from "../input/draft.ts";

export interface ReferenceLine {
  readonly name: string;
  /** The long form in lower case. */
  readonly key: string;
  /** Trimmed, each fold one space. */
  readonly value: string;
}

export interface Reference {
  readonly lines: readonly ReferenceLine[];
  readonly body: string;
}

/** RFC 3261 §7.3.3, and those registered since. */
const longNames: Readonly<Record<string, string>> = {
  a: "accept-contact",
  b: "referred-by",
  c: "content-type",
  d: "request-disposition",
  e: "content-encoding",
  f: "from",
  i: "call-id",
  j: "reject-contact",
  k: "supported",
  l: "content-length",
  m: "contact",
  n: "identity-info",
  o: "event",
  r: "refer-to",
  s: "subject",
  t: "to",
  u: "allow-events",
  v: "via",
  x: "session-expires",
  y: "identity",
};

/** What a message without a syntax fault says. */
export function readPlainly(text: string): Reference {
  const empty = text.indexOf("\r\n\r\n");
  const [, ...lines] = text.slice(0, empty).split(/\r\n(?![ \t])/);
  return {
    lines: lines.map((line) => {
      const name = nameOf(line);
      const lower = name.toLowerCase();
      const key = lower.length === 1 ? (longNames[lower] ?? lower) : lower;
      return { name, key, value: onOneLine(line.slice(line.indexOf(":") + 1)) };
    }),
    body: text.slice(empty + 4),
  };
}

function onOneLine(value: string): string {
  if (!value.includes("\r\n")) return trim(value);
  return value
    .split("\r\n")
    .map(trim)
    .filter((piece) => piece !== "")
    .join(" ");
}

/** `String.trim` would take other octets for white space, too. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start]!)) start++;
  while (end > start && isSpace(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function isSpace(char: string): boolean {
  return char === " " || char === "\t" || char === "\r" || char === "\n";
}

/** How many values a line of a list header field has: what commas part, outside quoted strings and angle brackets. */
export function countValues(value: string): number {
  let count = 0;
  let filled = false;
  let within = "";
  for (let at = 0; at < value.length; at++) {
    const char = value[at]!;
    if (within === '"') {
      if (char === "\\") at++;
      else if (char === '"') within = "";
    } else if (within === "<") {
      if (char === ">") within = "";
    } else if (char === ",") {
      if (filled) count++;
      filled = false;
    } else {
      if (char === '"' || char === "<") within = char;
      if (!isSpace(char)) filled = true;
    }
  }
  return filled ? count + 1 : count;
}
