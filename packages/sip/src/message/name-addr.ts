/** name-addr and addr-spec with header parameters: From, To, Contact, Route and their like. RFC 3261 §20.10, §25.1. */

import { type Err, type Fault, fault, ok, type Result } from "@trapezoid/base";
import {
  charClass,
  quote,
  SPACE,
  skipQuoted,
  skipSpace,
  TOKEN,
  trimEnd,
  unfold,
  unquoteRange,
  utf8Decode,
  VALUE,
} from "./lexer.ts";
import { formatParams, noParams, paramsAt, stoppedAt } from "./params.ts";
import { formatUri, isSipUri, parseUriAt } from "./uri.ts";
import type { NameAddr, Param, Params, Uri } from "./values.ts";

export function parseNameAddr(text: string): Result<NameAddr, Fault> {
  return parseNameAddrAt(text, 0, text.length);
}

/** @internal As `parseNameAddr`, of `text[start, end)`; the fault's offset is in `text`. */
export function parseNameAddrAt(text: string, start: number, end: number): Result<NameAddr, Fault> {
  let at = skipSpace(text, start, end);
  if (at === end) return bad("expected an address", at);
  let displayName: string | undefined;
  let open: number;
  const first = text.charCodeAt(at);
  if (first === 60) open = at;
  else if (first === 34) {
    const close = skipQuoted(text, at, end);
    if (close === -1) return bad("the display name's quote is not closed", at);
    displayName = unquoteRange(text, at + 1, close - 1);
    // No white space is needed before the bracket (RFC 4475 §3.1.1.6).
    open = skipSpace(text, close, end);
    if (open === end || text.charCodeAt(open) !== 60) return bad("expected < after the display name", open);
  } else {
    open = at;
    // Tokens and white space; UTF-8 without quotes is against the grammar, but common and harmless.
    for (; open < end; open++) {
      const code = text.charCodeAt(open);
      if (code < 128 && !(charClass[code]! & (TOKEN | SPACE))) break;
    }
    if (open === end || text.charCodeAt(open) !== 60) {
      // A colon ends a scheme and stands in no display name: what follows may be a quoted parameter that holds a bracket.
      const bracket = text.charCodeAt(open) === 58 ? -1 : text.indexOf("<", open);
      if (bracket === -1 || bracket >= end) return parseAddrSpec(text, at, end);
      return bad("a display name with other than token characters needs quotes", open);
    }
    const nameEnd = trimEnd(text, at, open);
    displayName = utf8Decode(unfold(text.slice(at, nameEnd)));
  }
  at = text.indexOf(">", open);
  if (at === -1 || at >= end) return bad("expected a closing >", open);
  const uri = parseUriAt(text, open + 1, at);
  if (!uri.ok) return uri;
  return withParams(displayName, uri.value, text, at + 1, end);
}

// §20: without angle brackets, parameters belong to the header field; a URI with a comma, question mark or semicolon must have brackets.
function parseAddrSpec(text: string, start: number, end: number): Result<NameAddr, Fault> {
  let at = start;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 59 || charClass[code]! & SPACE) break;
    if (code === 44 || code === 63) return bad("a URI with a comma or question mark needs angle brackets", at);
  }
  const uri = parseUriAt(text, start, at);
  return uri.ok ? withParams(undefined, uri.value, text, at, end) : uri;
}

function withParams(
  displayName: string | undefined,
  uri: Uri,
  text: string,
  at: number,
  end: number,
): Result<NameAddr, Fault> {
  at = skipSpace(text, at, end);
  if (at === end) return ok({ displayName, uri, params: noParams });
  const params: Param[] = [];
  const stop = paramsAt(text, at, end, params);
  if (stop !== end) return bad('expected ";name" or ";name=value" after the address', stoppedAt(stop));
  return ok({ displayName, uri, params });
}

function bad(expected: string, offset: number): Err<Fault> {
  return fault("SIP_MSG_BAD_ADDRESS", expected, offset);
}

/** Always with angle brackets, a display name always quoted. */
export function formatNameAddr(address: NameAddr): string {
  const { displayName, uri, params } = address;
  const text = `<${formatUri(uri)}>${formatParams(params)}`;
  return displayName === undefined ? text : `${quote(displayName)} ${text}`;
}

/** An address from a URI. */
export function nameAddr(uri: Uri, params: Params = noParams, displayName?: string): NameAddr {
  return { displayName, uri, params };
}

/** The user part of a SIP URI, `undefined` for other addresses. */
export function userOf(address: NameAddr): string | undefined {
  return isSipUri(address.uri) ? address.uri.user : undefined;
}

/**
 * @internal The `tag` parameter of the From or To value at `text[start, end)`, without parsing the rest; `undefined` when there is none.
 */
export function tagAt(text: string, start: number, end: number): string | undefined {
  let at = skipSpace(text, start, end);
  if (at < end && text.charCodeAt(at) === 34) {
    at = skipQuoted(text, at, end);
    if (at === -1) return undefined;
  }
  while (at < end && (text.charCodeAt(at) >= 128 || charClass[text.charCodeAt(at)]! & (TOKEN | SPACE))) at++;
  // A colon before any bracket ends a scheme: an address without brackets, whose parameters may hold one in quotes.
  if (text.charCodeAt(at) !== 58) {
    const close = text.indexOf(">", at);
    if (close !== -1 && close < end) at = close + 1;
  }
  while (at < end && text.charCodeAt(at) !== 59) at++;
  while (at < end) {
    at = skipSpace(text, at + 1, end);
    if (
      (text.charCodeAt(at) | 0x20) === 116 &&
      (text.charCodeAt(at + 1) | 0x20) === 97 &&
      (text.charCodeAt(at + 2) | 0x20) === 103
    ) {
      const after = skipSpace(text, at + 3, end);
      if (after >= end || text.charCodeAt(after) === 59) return undefined;
      if (text.charCodeAt(after) === 61) return tagValueAt(text, skipSpace(text, after + 1, end), end);
    }
    while (at < end && text.charCodeAt(at) !== 59) {
      if (text.charCodeAt(at) === 34) {
        at = skipQuoted(text, at, end);
        if (at === -1) return undefined;
      } else at++;
    }
  }
  return undefined;
}

function tagValueAt(text: string, start: number, end: number): string {
  let at = start;
  while (at < end && charClass[text.charCodeAt(at)]! & VALUE) at++;
  if (at > start || at === end || text.charCodeAt(at) !== 34) return text.slice(start, at);
  // A tag is a token (§25.1); one in quotes is read all the same, as everywhere.
  const close = skipQuoted(text, at, end);
  return close === -1 ? "" : unquoteRange(text, at + 1, close - 1);
}
