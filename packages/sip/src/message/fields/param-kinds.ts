/** The kinds of header field that have parameters: token, URI, media type, seconds, bare parameters. RFC 3261 §25.1. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { isToken, quote, skipQuoted, skipSpace, skipToken, trimEnd, unquoteRange } from "../lexer.ts";
import { parseNameAddr } from "../name-addr.ts";
import { formatParams, noParams, paramsAt, stoppedAt } from "../params.ts";
import { formatUri, parseUriAt } from "../uri.ts";
import type { HeaderField, Param, Params, Uri } from "../values.ts";
import { maxUint32, parseInteger, parseToken, short, writtenInteger, writtenToken } from "./kinds.ts";

/** A first word and its parameters, as most header fields are. */
export interface Parametrized<V> {
  readonly value: V;
  readonly params: Params;
}

/** Reads `head *(SEMI param)`: the head is what stands before the first semicolon, white space and all. */
export function parseParametrized(name: string, text: string): Result<Parametrized<string>, Fault> {
  const semicolon = text.indexOf(";");
  if (semicolon === -1) return ok({ value: text, params: noParams });
  const params = parseParamsAt(name, text, semicolon);
  return params.ok ? ok({ value: text.slice(0, semicolon), params: params.value }) : params;
}

/** Reads `*(SEMI param)` from `at` to the end. */
export function parseParamsAt(name: string, text: string, at: number): Result<Params, Fault> {
  at = skipSpace(text, at, text.length);
  if (at === text.length) return ok(noParams);
  const params: Param[] = [];
  const stop = paramsAt(text, at, text.length, params);
  return stop === text.length
    ? ok(params)
    : fault("SIP_MSG_BAD_PARAM", `${name}: expected ";name" or ";name=value"`, stoppedAt(stop));
}

/** A token with parameters: Content-Disposition, Event, Reason, … */
export function tokenParamsField<T extends { readonly params: Params }>(
  name: string,
  options: {
    readonly list?: boolean;
    readonly compact?: string;
    readonly of: (token: string, params: Params) => T;
    readonly token: (value: T) => string;
  },
): HeaderField<T> {
  return defineHeader({
    name,
    list: options.list ?? false,
    ...short(options.compact),
    parse: (text) => {
      const parsed = parseParametrized(name, text);
      if (!parsed.ok) return parsed;
      const token = parseToken(name, parsed.value.value);
      return token.ok ? ok(options.of(token.value, parsed.value.params)) : token;
    },
    format: (value) => writtenToken(name, options.token(value)) + formatParams(value.params),
  });
}

/** `<uri>;params`: Alert-Info, Call-Info, Error-Info, Geolocation, … */
export interface InfoUri {
  readonly uri: Uri;
  readonly params: Params;
}

/** A URI in angle brackets, with parameters. */
export function uriField(name: string, list: boolean, compact?: string): HeaderField<InfoUri> {
  return defineHeader<InfoUri>({
    name,
    list,
    ...short(compact),
    parse: (text) => {
      const start = skipSpace(text, 0, text.length);
      return text.charCodeAt(start) === 60 ? parseBracketed(name, text, start) : parseBare(name, text, start);
    },
    format: formatInfoUri,
  });
}

/** `<uri>` at `open`, and parameters. */
export function parseBracketed(name: string, text: string, open: number): Result<InfoUri, Fault> {
  const close = text.indexOf(">", open);
  if (text.charCodeAt(open) !== 60 || close === -1) return fault("SIP_MSG_BAD_URI", `${name}: expected <uri>`, open);
  const uri = parseUriAt(text, open + 1, close);
  if (!uri.ok) return uri;
  const params = parseParamsAt(name, text, close + 1);
  return params.ok ? ok({ uri: uri.value, params: params.value }) : params;
}

// Examples of RFC 4474, 4662 and 8876 leave the brackets out: read as an address without them is, to the first semicolon.
function parseBare(name: string, text: string, start: number): Result<InfoUri, Fault> {
  const address = parseNameAddr(text);
  if (!address.ok) return address;
  const { displayName, uri, params } = address.value;
  return displayName === undefined ? ok({ uri, params }) : fault("SIP_MSG_BAD_URI", `${name}: expected <uri>`, start);
}

export function formatInfoUri({ uri, params }: InfoUri): string {
  return `<${formatUri(uri)}>${formatParams(params)}`;
}

/** A media range: `application/sdp;q=0.5`, `text/*`; a type of Content-Type is one without wildcards. */
export interface MediaType {
  readonly type: string;
  readonly subtype: string;
  readonly params: Params;
}

export function mediaTypeField(name: string, list: boolean, compact?: string): HeaderField<MediaType> {
  return defineHeader<MediaType>({
    name,
    list,
    ...short(compact),
    parse: (text) => parseMediaType(name, text),
    format: ({ type, subtype, params }) =>
      `${writtenToken(name, type)}/${writtenToken(name, subtype)}${formatParams(params)}`,
  });
}

export function parseMediaType(name: string, text: string): Result<MediaType, Fault> {
  const parsed = parseParametrized(name, text);
  if (!parsed.ok) return parsed;
  const { value, params } = parsed.value;
  const start = skipSpace(value, 0, value.length);
  const end = trimEnd(value, start, value.length);
  const typeEnd = skipToken(value, start, end);
  const slash = skipSpace(value, typeEnd, end);
  const from = skipSpace(value, slash + 1, end);
  const to = skipToken(value, from, end);
  if (typeEnd === start || value.charCodeAt(slash) !== 47 || to === from || to !== end) {
    return fault("SIP_MSG_BAD_TYPE", `${name}: expected type/subtype`, slash);
  }
  return ok({ type: value.slice(start, typeEnd), subtype: value.slice(from, to), params });
}

/** Seconds with parameters. RFC 4028 §4, §5. */
export interface DeltaSeconds {
  readonly seconds: number;
  readonly params: Params;
}

export function deltaField(name: string, compact?: string): HeaderField<DeltaSeconds> {
  return defineHeader<DeltaSeconds>({
    name,
    ...short(compact),
    parse: (text) => {
      const parsed = parseParametrized(name, text);
      if (!parsed.ok) return parsed;
      const seconds = parseInteger(name, parsed.value.value, maxUint32);
      return seconds.ok ? ok({ seconds: seconds.value, params: parsed.value.params }) : seconds;
    },
    format: ({ seconds, params }) => writtenInteger(name, seconds, maxUint32) + formatParams(params),
  });
}

/** A token or a quoted string. */
export interface Phrase {
  /** Of a quoted string: without its quotes, escapes undone, UTF-8 read. */
  readonly text: string;
  /** It was, and is written as, a quoted string. */
  readonly quoted?: true;
  readonly params: Params;
}

/** A token or quoted string with parameters: User-to-User, P-Visited-Network-ID. */
export function phraseField(name: string): HeaderField<Phrase> {
  return defineHeader<Phrase>({
    name,
    list: true,
    parse: (value) => {
      const end = value.length;
      const start = skipSpace(value, 0, end);
      const isQuoted = value.charCodeAt(start) === 34;
      const close = isQuoted ? skipQuoted(value, start, end) : skipToken(value, start, end);
      if (close === -1) return fault("SIP_MSG_BAD_QUOTE", `${name}: the quote is not closed`, start);
      if (close === start)
        return fault("SIP_MSG_BAD_TOKEN", `${name} must start with a token or a quoted string`, start);
      const params = parseParamsAt(name, value, close);
      if (!params.ok) return params;
      return ok(
        isQuoted
          ? { text: unquoteRange(value, start + 1, close - 1), quoted: true, params: params.value }
          : { text: value.slice(start, close), params: params.value },
      );
    },
    format: ({ text, quoted, params }) =>
      (quoted === true || !isToken(text) ? quote(text) : text) + formatParams(params),
  });
}
