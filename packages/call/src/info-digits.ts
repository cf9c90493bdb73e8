/** Digits in INFO, as phones have sent them since before RFC 6086: `application/dtmf-relay` and `application/dtmf`. */

import type { Digit } from "./values.ts";

export const dtmfRelay = "application/dtmf-relay";
export const dtmf = "application/dtmf";

const digits = /^[0-9*#A-D!]$/;

export function isDigits(text: string): boolean {
  return /^[0-9*#A-Da-d]+$/.test(text);
}

/** The body of one digit. `toneMs` is what the other side is to play. */
export function formatDtmfRelay(digit: Digit, toneMs: number): string {
  return `Signal=${digit}\r\nDuration=${toneMs}\r\n`;
}

/** The digit of an INFO; `undefined` when it holds none. `contentType` without parameters. */
export function parseInfoDigit(contentType: string, body: string): Digit | undefined {
  const type = contentType.toLowerCase();
  let said: string | undefined;
  // Phones write `Signal=5`, `Signal= 5` and `signal=5`.
  if (type === dtmfRelay) said = /^\s*signal\s*=\s*(\S+)\s*$/im.exec(body)?.[1];
  else if (type === dtmf) said = body.trim();
  if (said === undefined) return undefined;
  const digit = eventDigits[said] ?? said.toUpperCase();
  return digits.test(digit) ? digit : undefined;
}

/** Some write the numbers of RFC 4733 §3.2. */
const eventDigits: Readonly<Record<string, Digit>> = {
  "10": "*",
  "11": "#",
  "12": "A",
  "13": "B",
  "14": "C",
  "15": "D",
  "16": "!",
};
