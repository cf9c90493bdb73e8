/** SIP, SIPS, tel and other URIs: parse and format. RFC 3261 §19.1, RFC 3966, RFC 5118. */

import { type Err, type Fault, fault, ok, type Result } from "@trapezoid/base";
import { isIpv6 } from "./host.ts";
import { charClass, HEX, HOST, PLAIN, URI } from "./lexer.ts";
import { noParams } from "./params.ts";
import type { OtherUri, Param, Params, SipUri, TelUri, Uri } from "./values.ts";

export function isSipUri(uri: Uri): uri is SipUri {
  return uri.scheme === "sip" || uri.scheme === "sips";
}

export function isTelUri(uri: Uri): uri is TelUri {
  return uri.scheme === "tel";
}

/** A SIP URI from its parts; `user` is what `escapeUser` would be applied to. */
export function sipUri(parts: {
  readonly scheme?: "sip" | "sips";
  /** As it is to be written: escape first what a user part cannot hold (`escapeUser`). */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly host: string;
  readonly port?: number | undefined;
  readonly params?: Params;
  readonly headers?: SipUri["headers"];
}): SipUri {
  const { scheme = "sip", user, password, host, port, params = noParams, headers = noHeaders } = parts;
  return { scheme, user, password, host, port, params, headers };
}

const noHeaders = Object.freeze([]) as unknown as SipUri["headers"];

/** Never throws. White space is no part of a URI and is refused. */
export function parseUri(text: string): Result<Uri, Fault> {
  return parseUriAt(text, 0, text.length);
}

/** @internal As `parseUri`, of `text[start, end)`; the fault's offset is in `text`. */
export function parseUriAt(text: string, start: number, end: number): Result<Uri, Fault> {
  // "sip:" and "sips:" in any case, without a slice.
  if (
    (text.charCodeAt(start) | 0x20) === 115 &&
    (text.charCodeAt(start + 1) | 0x20) === 105 &&
    (text.charCodeAt(start + 2) | 0x20) === 112
  ) {
    const next = text.charCodeAt(start + 3);
    if (next === 58) return parseSip("sip", text, start + 4, end);
    if ((next | 0x20) === 115 && text.charCodeAt(start + 4) === 58) return parseSip("sips", text, start + 5, end);
  }
  let colon = start;
  while (colon < end && isSchemeChar(text.charCodeAt(colon), colon === start)) colon++;
  if (colon === start || colon >= end || text.charCodeAt(colon) !== 58) {
    return bad("expected a URI scheme and a colon", colon);
  }
  const scheme = text.slice(start, colon).toLowerCase();
  if (scheme === "tel") return parseTel(text, colon + 1, end);
  if (colon + 1 === end) return bad("expected something after the scheme", end);
  for (let at = colon + 1; at < end; at++) {
    if (!(charClass[text.charCodeAt(at)]! & URI)) return bad("a character that no URI holds", at);
  }
  return ok({ scheme, text: text.slice(start, end) } satisfies OtherUri);
}

function parseSip(scheme: "sip" | "sips", text: string, start: number, end: number): Result<SipUri, Fault> {
  let user: string | undefined;
  let password: string | undefined;
  let at = start;
  // The user part may hold ; ? / and more, so the @ is looked for first; no other part of a SIP URI may hold an @ (§25.1).
  let colon = -1;
  let code = 0;
  for (; at < end; at++) {
    code = text.charCodeAt(at);
    const kind = charClass[code]!;
    if (kind & PLAIN) continue;
    if (code === 64) break;
    if (!(kind & URI)) return bad("a character that no URI holds", at);
    if (code === 58) {
      if (colon === -1) colon = at;
    } else if (code === 37 && !isEscape(text, at, end)) return bad("% is not followed by two hexadecimal digits", at);
  }
  if (at < end) {
    const userEnd = colon === -1 ? at : colon;
    if (userEnd === start) return bad("the user part is empty", start);
    user = text.slice(start, userEnd);
    if (colon !== -1) password = text.slice(colon + 1, at);
    at++;
  } else at = start;
  // hostport
  const hostStart = at;
  if (text.charCodeAt(at) === 91) {
    const close = text.indexOf("]", at);
    if (close === -1 || close >= end) return bad("the IPv6 reference is not closed", at);
    at = close + 1;
    if (!isIpv6(text.slice(hostStart, at))) return bad("expected an IPv6 address in the brackets", hostStart);
  } else {
    while (at < end && charClass[text.charCodeAt(at)]! & HOST) at++;
    if (at === hostStart) return bad("expected a host", at);
  }
  const host = text.slice(hostStart, at);
  let port: number | undefined;
  if (at < end && text.charCodeAt(at) === 58) {
    const portStart = ++at;
    let value = 0;
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === portStart || value > 65_535) return bad("expected a port number", portStart);
    port = value;
  }
  let params = noParams;
  if (at < end && text.charCodeAt(at) === 59) {
    const list: Param[] = [];
    at = uriParamsAt(text, at, end, list, false);
    if (at < 0) return bad("expected a URI parameter", ~at);
    params = list;
  }
  if (at === end) return ok({ scheme, user, password, host, port, params, headers: noHeaders });
  if (text.charCodeAt(at) !== 63) return bad("expected a port, parameters or the end after the host", at);
  const headers: (readonly [string, string])[] = [];
  const wrong = uriHeadersAt(text, at + 1, end, headers);
  return wrong === -1
    ? ok({ scheme, user, password, host, port, params, headers })
    : bad("expected name=value after the question mark", wrong);
}

/** Reads `name=value *("&" name=value)` up to `end`; -1, or the offset of what is wrong. */
function uriHeadersAt(text: string, at: number, end: number, out: (readonly [string, string])[]): number {
  for (;;) {
    const start = at;
    let equals = -1;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === 38) break;
      if (code === 61 && equals === -1) equals = at;
      else if (!isUriOctet(text, at, end)) return at;
    }
    if (equals <= start) return start;
    out.push([text.slice(start, equals), text.slice(equals + 1, at)]);
    if (at === end) return -1;
    at++;
  }
}

/**
 * Reads `*(";" name ["=" value])` up to `end`, or to the `?` of a SIP URI; the offset after it, or the offset of what is wrong,
 * inverted. A tel URI's `isub` may hold ? and @ (RFC 3966 §3).
 */
function uriParamsAt(text: string, at: number, end: number, out: Param[], isTel: boolean): number {
  while (at < end && text.charCodeAt(at) === 59) {
    const start = ++at;
    let equals = -1;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (charClass[code]! & PLAIN) continue;
      if (code === 59 || (code === 63 && !isTel)) break;
      if (code === 61 && equals === -1) equals = at;
      else if (!isUriOctet(text, at, end) && !(code === 64 && isTel)) return ~at;
    }
    if (at === start || equals === start) return ~start;
    if (equals === -1) out.push({ name: uriParamName(text, start, at), value: undefined });
    else out.push({ name: uriParamName(text, start, equals), value: text.slice(equals + 1, at) });
  }
  return at;
}

/** Whether the octet may stand in a URI's parameters or header fields: no @ there, and % only in an escape. */
function isUriOctet(text: string, at: number, end: number): boolean {
  const code = text.charCodeAt(at);
  return (charClass[code]! & URI) !== 0 && code !== 64 && (code !== 37 || isEscape(text, at, end));
}

function uriParamName(text: string, start: number, end: number): string {
  if (end - start === 2 && text.startsWith("lr", start)) return "lr";
  if (end - start === 9 && text.startsWith("transport", start)) return "transport";
  return text.slice(start, end);
}

function parseTel(text: string, start: number, end: number): Result<TelUri, Fault> {
  let at = start;
  let digits = 0;
  const global = text.charCodeAt(at) === 43;
  if (global) at++;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 59) break;
    if (code === 45 || code === 46 || code === 40 || code === 41) continue;
    // RFC 3966 §3: local numbers may hold hexadecimal digits, * and #.
    const isDigit = (code >= 48 && code <= 57) || (!global && (charClass[code]! & HEX || code === 42 || code === 35));
    if (!isDigit) return bad("expected a telephone number", at);
    digits++;
  }
  if (digits === 0) return bad("expected a telephone number", start);
  const number = text.slice(start, at);
  if (at === end) return ok({ scheme: "tel", number, params: noParams });
  const params: Param[] = [];
  at = uriParamsAt(text, at, end, params, true);
  if (at !== end) return bad("expected a URI parameter", at < 0 ? ~at : at);
  return ok({ scheme: "tel", number, params });
}

function isEscape(text: string, at: number, end: number): boolean {
  return (
    at + 2 < end &&
    (charClass[text.charCodeAt(at + 1)]! & HEX) !== 0 &&
    (charClass[text.charCodeAt(at + 2)]! & HEX) !== 0
  );
}

function isSchemeChar(code: number, first: boolean): boolean {
  const lower = code | 0x20;
  if (lower >= 97 && lower <= 122) return true;
  return !first && ((code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46);
}

function bad(expected: string, offset: number): Err<Fault> {
  return fault("SIP_MSG_BAD_URI", expected, offset);
}

export function formatUri(uri: Uri): string {
  if (isSipUri(uri)) {
    let text = `${uri.scheme}:`;
    if (uri.user !== undefined) {
      text += uri.password === undefined ? `${uri.user}@` : `${uri.user}:${uri.password}@`;
    }
    text += uri.port === undefined ? uri.host : `${uri.host}:${uri.port}`;
    text += formatUriParams(uri.params);
    let separator = "?";
    for (const [name, value] of uri.headers) {
      text += `${separator}${name}=${value}`;
      separator = "&";
    }
    return text;
  }
  if (isTelUri(uri)) return `tel:${uri.number}${formatUriParams(uri.params)}`;
  return (uri as OtherUri).text;
}

function formatUriParams(params: Params): string {
  let text = "";
  for (const { name, value } of params) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  return text;
}

export { telUriEquals, uriEquals } from "./uri-equals.ts";
export { escapeParam, escapeUser, unescapeUri } from "./uri-escape.ts";
