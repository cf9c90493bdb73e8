/** Challenges, credentials and Authentication-Info as values; what they mean is `auth`'s. RFC 3261 §20.44, §25.1, RFC 7616, RFC 8898. */

import { type Err, type Fault, fault, ok, type Result } from "@trapezoid/base";
import { charClass, skipQuoted, skipSpace, skipToken, trimEnd, unquoteRange, VALUE } from "./lexer.ts";
import { formatParam } from "./params.ts";
import type { Param, Params } from "./values.ts";

/**
 * One challenge. Quoted parameters (`realm`, `nonce`) carry `quoted: true` and are decoded; encode with `utf8Encode` before
 * hashing. The comma stands between parameters, so a header line holds exactly one (§20.44).
 */
export interface Challenge {
  /** As written: `Digest`. */
  readonly scheme: string;
  /** A token68, as Bearer has it, is one parameter with an empty name. */
  readonly params: Params;
}

/** One set of credentials; see `Challenge`. */
export interface Credentials {
  readonly scheme: string;
  readonly params: Params;
}

export function parseCredentials(text: string): Result<Credentials, Fault> {
  const start = skipSpace(text, 0, text.length);
  const end = trimEnd(text, start, text.length);
  const schemeEnd = skipToken(text, start, end);
  if (schemeEnd === start) return bad("expected an authentication scheme", start);
  const scheme = text.slice(start, schemeEnd);
  const at = skipSpace(text, schemeEnd, end);
  if (at === end) return ok({ scheme, params: [] });
  if (at === schemeEnd) return bad("expected white space after the scheme", at);
  const rest = text.slice(at, end);
  if (/^[A-Za-z0-9\-._~+/]+=*$/.test(rest)) return ok({ scheme, params: [{ name: "", value: rest }] });
  const params = authParamsAt(text, at, end);
  return params.ok ? ok({ scheme, params: params.value }) : params;
}

export const parseChallenge: (text: string) => Result<Challenge, Fault> = parseCredentials;

export function formatCredentials(value: Credentials): string {
  if (value.params.length === 0) return value.scheme;
  return `${value.scheme} ${formatAuthParams(value.params)}`;
}

export const formatChallenge: (value: Challenge) => string = formatCredentials;

/** `nextnonce="…", qop=auth` of Authentication-Info (§20.6). */
export function parseAuthParams(text: string): Result<Params, Fault> {
  return authParamsAt(text, skipSpace(text, 0, text.length), trimEnd(text, 0, text.length));
}

export function formatAuthParams(params: Params): string {
  return params.map((param) => (param.name === "" ? (param.value ?? "") : formatParam(param))).join(", ");
}

function authParamsAt(text: string, at: number, end: number): Result<Params, Fault> {
  const params: Param[] = [];
  while (at < end) {
    // Empty elements of the list are passed over.
    if (text.charCodeAt(at) === 44) {
      at = skipSpace(text, at + 1, end);
      continue;
    }
    const nameEnd = skipToken(text, at, end);
    if (nameEnd === at) return bad("expected a parameter name", at);
    const name = text.slice(at, nameEnd);
    at = skipSpace(text, nameEnd, end);
    if (at === end || text.charCodeAt(at) !== 61) return bad("expected name=value", at);
    at = skipSpace(text, at + 1, end);
    if (at < end && text.charCodeAt(at) === 34) {
      const close = skipQuoted(text, at, end);
      if (close === -1) return bad("the quote is not closed", at);
      params.push({ name, value: unquoteRange(text, at + 1, close - 1), quoted: true });
      at = close;
    } else {
      const from = at;
      while (at < end && charClass[text.charCodeAt(at)]! & VALUE) at++;
      params.push({ name, value: text.slice(from, at) });
    }
    at = skipSpace(text, at, end);
    if (at < end && text.charCodeAt(at) !== 44) return bad("expected a comma", at);
  }
  return params.length === 0 ? bad("expected parameters", at) : ok(params);
}

function bad(expected: string, offset: number): Err<Fault> {
  return fault("SIP_MSG_BAD_AUTH", expected, offset);
}
