/** The kinds of header field that recur: token, text, number, address, token with parameters. RFC 3261 §25.1. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import { isToken, skipSpace, skipToken, trimEnd, unfold, utf8Decode, utf8Encode } from "../lexer.ts";
import { formatNameAddr, parseNameAddr, parseNameAddrAt } from "../name-addr.ts";
import { formatParams, noParams, paramsAt, stoppedAt } from "../params.ts";
import type { HeaderField, NameAddr, Param, Params } from "../values.ts";

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
    parse: (text) => {
      const token = trimmed(text);
      return isToken(token) ? ok(token) : fault("SIP_MSG_BAD_TOKEN", `${name} must be a token`, 0);
    },
    format: (token) => token,
  });
}

/** One word without white space: Call-ID and its like. */
export function wordField(name: string, list: boolean, compact?: string): HeaderField<string> {
  return defineHeader({
    name,
    list,
    ...short(compact),
    parse: (text) => {
      const word = trimmed(text);
      return /^[\x21-\x7e]+$/.test(word) ? ok(word) : fault("SIP_MSG_BAD_WORD", `${name} must be one word`, 0);
    },
    format: (word) => word,
  });
}

/** Any text, in UTF-8; line breaks, which no header field can hold, are written as spaces. */
export function textField(name: string, compact?: string): HeaderField<string> {
  return defineHeader({
    name,
    ...short(compact),
    parse: (text) => ok(utf8Decode(unfold(trimmed(text)))),
    format: (text) => utf8Encode(text.replace(/[\r\n]+/g, " ")).trim(),
  });
}

export function integerField(name: string, max: number): HeaderField<number> {
  return defineHeader({ name, parse: (text) => parseInteger(name, text, max), format: String });
}

export function parseInteger(name: string, text: string, max: number): Result<number, Fault> {
  const digits = trimmed(text);
  if (!/^[0-9]{1,20}$/.test(digits) || Number(digits) > max) {
    return fault("SIP_MSG_BAD_NUMBER", `${name} must be a decimal number up to ${max}`, 0);
  }
  return ok(Number(digits));
}

/** A first word and its parameters, as most header fields are. */
export interface Parametrized<V> {
  readonly value: V;
  readonly params: Params;
}

/** Reads `head *(SEMI param)`: the head is what stands before the first semicolon. */
export function parseParametrized(name: string, text: string): Result<Parametrized<string>, Fault> {
  const semicolon = text.indexOf(";");
  const end = text.length;
  const headEnd = semicolon === -1 ? end : semicolon;
  const value = trimmed(text.slice(0, headEnd));
  if (semicolon === -1) return ok({ value, params: noParams });
  const params: Param[] = [];
  const stop = paramsAt(text, headEnd, end, params);
  if (stop !== end) return fault("SIP_MSG_BAD_PARAM", `${name}: expected ";name" or ";name=value"`, stoppedAt(stop));
  return ok({ value, params });
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
      if (!isToken(parsed.value.value)) return fault("SIP_MSG_BAD_TOKEN", `${name} must start with a token`, 0);
      return ok(options.of(parsed.value.value, parsed.value.params));
    },
    format: (value) => options.token(value) + formatParams(value.params),
  });
}

/** `type/subtype` before any parameters. */
function parseTypes(name: string, text: string): Result<readonly [type: string, subtype: string], Fault> {
  const end = text.length;
  const typeEnd = skipToken(text, 0, end);
  const slash = skipSpace(text, typeEnd, end);
  const from = skipSpace(text, slash + 1, end);
  const to = skipToken(text, from, end);
  if (typeEnd === 0 || text.charCodeAt(slash) !== 47 || to === from || to !== end) {
    return fault("SIP_MSG_BAD_TYPE", `${name}: expected type/subtype`, slash);
  }
  return ok([text.slice(0, typeEnd), text.slice(from, to)]);
}

/** A media range: `application/sdp;q=0.5`, `text/*`; a type of Content-Type is one without wildcards. */
export interface MediaType {
  readonly type: string;
  readonly subtype: string;
  readonly params: Params;
}

export function parseMediaType(name: string, text: string): Result<MediaType, Fault> {
  const parsed = parseParametrized(name, text);
  if (!parsed.ok) return parsed;
  const types = parseTypes(name, parsed.value.value);
  return types.ok ? ok({ type: types.value[0], subtype: types.value[1], params: parsed.value.params }) : types;
}

export function mediaTypeField(name: string, list: boolean, compact?: string): HeaderField<MediaType> {
  return defineHeader<MediaType>({
    name,
    list,
    ...short(compact),
    parse: (text) => parseMediaType(name, text),
    format: ({ type, subtype, params }) => `${type}/${subtype}${formatParams(params)}`,
  });
}

export function trimmed(text: string): string {
  const start = skipSpace(text, 0, text.length);
  return text.slice(start, trimEnd(text, start, text.length));
}

function short(compact: string | undefined): { compact?: string } {
  return compact === undefined ? {} : { compact };
}
