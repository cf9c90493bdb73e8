/** The kinds of header field that recur and have no parameters: token, word, text, number; and the address. RFC 3261 §25.1. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { isToken, skipSpace, skipToken, trimEnd, unfold, utf8Decode, utf8Encode } from "../lexer.ts";
import { formatNameAddr, parseNameAddr, parseNameAddrAt } from "../name-addr.ts";
import type { HeaderField, NameAddr } from "../values.ts";

/** The largest delta-seconds (RFC 3261 §20.19) and the largest response number. */
export const maxUint32 = 0xffff_ffff;

export function addressField(name: string, list: boolean, compact?: string): HeaderField<NameAddr> {
  return defineHeader({
    name,
    list,
    ...short(compact),
    parse: parseNameAddr,
    parseAt: parseNameAddrAt,
    format: formatNameAddr,
  });
}

export function tokenField(name: string, list: boolean, compact?: string): HeaderField<string> {
  return defineHeader({
    name,
    list,
    ...short(compact),
    parse: (text) => parseToken(name, text),
    format: (token) => writtenToken(name, token),
  });
}

/** A token with white space around it. */
export function parseToken(name: string, text: string): Result<string, Fault> {
  const start = skipSpace(text, 0, text.length);
  const end = trimEnd(text, start, text.length);
  const stop = skipToken(text, start, end);
  return stop === end && end > start
    ? ok(text.slice(start, end))
    : fault("SIP_MSG_BAD_TOKEN", `${name} must be a token`, stop);
}

/** One word without white space: Call-ID and its like. */
export function wordField(name: string, list: boolean, compact?: string): HeaderField<string> {
  return patternField(name, "SIP_MSG_BAD_WORD", "one word", /^[\x21-\x7e]+$/, list, compact);
}

/**
 * A value that an expression describes; the fault is at the first octet that is not in place. The expression is anchored and
 * linear: a value may be as long as a message.
 */
export function patternField(
  name: string,
  code: string,
  what: string,
  pattern: RegExp,
  list = false,
  compact?: string,
): HeaderField<string> {
  return defineHeader({
    name,
    list,
    ...short(compact),
    parse: (text) => {
      const start = skipSpace(text, 0, text.length);
      const value = text.slice(start, trimEnd(text, start, text.length));
      return pattern.test(value) ? ok(value) : fault(code, `${name} must be ${what}`, start);
    },
    format: (value) => written(name, what, value, pattern.test(value)),
  });
}

/** Any text, in UTF-8; line breaks, which no header field can hold, are written as spaces. */
export function textField(name: string, compact?: string): HeaderField<string> {
  return defineHeader({
    name,
    ...short(compact),
    parse: (text) => ok(utf8Decode(unfold(trimmed(text)))),
    // `String.trim` would take an octet of UTF-8 for a no-break space.
    format: (text) => trimmed(utf8Encode(text.replace(/[\r\n]+/g, " "))),
  });
}

export function integerField(name: string, max: number, compact?: string): HeaderField<number> {
  return defineHeader({
    name,
    ...short(compact),
    parse: (text) => parseInteger(name, text, max),
    format: (value) => writtenInteger(name, value, max),
  });
}

/** Decimal digits with white space around them, at most 20 of them. */
export function parseInteger(name: string, text: string, max: number): Result<number, Fault> {
  const start = skipSpace(text, 0, text.length);
  const digits = text.slice(start, trimEnd(text, start, text.length));
  if (!/^[0-9]{1,20}$/.test(digits) || Number(digits) > max) {
    return fault("SIP_MSG_BAD_NUMBER", `${name} must be a decimal number up to ${max}`, start);
  }
  return ok(Number(digits));
}

/** What a formatter is given must fit its grammar: anything else is a mistake of its caller, not of a peer. */
export function written(name: string, what: string, value: string, fits: boolean): string {
  if (!fits) throw new TypeError(`${name} must be ${what}, got ${JSON.stringify(value)}`);
  return value;
}

export function writtenToken(name: string, token: string): string {
  return written(name, "a token", token, isToken(token));
}

export function writtenInteger(name: string, value: number, max: number): string {
  const fits = Number.isInteger(value) && value >= 0 && value <= max;
  return written(name, `a whole number up to ${max}`, String(value), fits);
}

export function trimmed(text: string): string {
  const start = skipSpace(text, 0, text.length);
  return text.slice(start, trimEnd(text, start, text.length));
}

export function short(compact: string | undefined): { compact?: string } {
  return compact === undefined ? {} : { compact };
}
