/**
 * The parameters of digest challenges, credentials and Authentication-Info, read in one pass into one shape: this runs for
 * every authenticated request. RFC 3261 §20.7, §20.44 and §25.1, RFC 7616 §3.3–3.5, RFC 8760 §2.7.
 */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { charClass, SPACE, skipQuoted, skipSpace, skipToken, utf8Decode, VALUE } from "../message/lexer.ts";

/** Values in octets as written, without their quotes (RFC 7616 §3.4.5: that is what is hashed); see `plainText` for people's names. */
export interface DigestParams {
  readonly username: string | undefined;
  readonly realm: string | undefined;
  readonly nonce: string | undefined;
  readonly uri: string | undefined;
  readonly response: string | undefined;
  readonly algorithm: string | undefined;
  readonly cnonce: string | undefined;
  readonly opaque: string | undefined;
  readonly qop: string | undefined;
  readonly nc: string | undefined;
  readonly stale: string | undefined;
  readonly userhash: string | undefined;
  readonly nextnonce: string | undefined;
  readonly rspauth: string | undefined;
}

/** The order of the values while they are gathered. */
const names = [
  "username",
  "realm",
  "nonce",
  "uri",
  "response",
  "algorithm",
  "cnonce",
  "opaque",
  "qop",
  "nc",
  "stale",
  "userhash",
  "nextnonce",
  "rspauth",
] as const satisfies readonly (keyof DigestParams)[];

/** Whether a header field value has the Digest scheme, in any case. */
export function isDigest(value: string): boolean {
  if (value.length < 7 || !(charClass[value.charCodeAt(6)]! & SPACE)) return false;
  return value.startsWith("Digest") || value.slice(0, 6).toLowerCase() === "digest";
}

/** The parameters after the scheme, or of a whole Authentication-Info value. Unknown ones are passed over, repeated ones are a fault. */
export function parseDigestParams(text: string, start: number = isDigest(text) ? 6 : 0): Result<DigestParams, Fault> {
  const values: (string | undefined)[] = new Array(names.length).fill(undefined);
  const escapes = text.includes("\\");
  const end = text.length;
  let at = skipSpace(text, start, end);
  while (at < end) {
    const nameStart = at;
    at = text.indexOf("=", at);
    let name = at === -1 ? -1 : nameAt(text, nameStart, at);
    if (name === -1) {
      // White space before the sign, a name that we do not know, or none.
      at = skipToken(text, nameStart, end);
      if (at === nameStart) return fault("SIP_AUTH_BAD_PARAM", "expected the name of a digest parameter", at);
      name = nameAt(text, nameStart, at);
      at = skipSpace(text, at, end);
      if (text.charCodeAt(at) !== 61) return fault("SIP_AUTH_BAD_PARAM", 'expected "=" after a digest parameter', at);
    }
    at = skipSpace(text, at + 1, end);
    let value: string;
    if (text.charCodeAt(at) === 34) {
      const close = escapes ? skipQuoted(text, at, end) : text.indexOf('"', at + 1) + 1;
      if (close <= 0) return fault("SIP_AUTH_BAD_PARAM", "a quoted value is not closed", at);
      value = text.slice(at + 1, close - 1);
      at = close;
    } else {
      const valueStart = at;
      while (at < end && isValue(text.charCodeAt(at))) at++;
      if (at === valueStart) return fault("SIP_AUTH_BAD_PARAM", "a digest parameter has no value", at);
      value = text.slice(valueStart, at);
    }
    if (name !== -1) {
      // Two values of one parameter: whoever looked before us may have taken the other one.
      if (values[name] !== undefined)
        return fault("SIP_AUTH_BAD_PARAM", `${names[name]} stands there twice`, nameStart);
      values[name] = value;
    }
    at = skipSpace(text, at, end);
    if (at === end) break;
    if (text.charCodeAt(at) !== 44)
      return fault("SIP_AUTH_BAD_PARAM", "expected a comma between digest parameters", at);
    while (text.charCodeAt(at) === 44) at = skipSpace(text, at + 1, end);
  }
  return ok({
    username: values[0],
    realm: values[1],
    nonce: values[2],
    uri: values[3],
    response: values[4],
    algorithm: values[5],
    cnonce: values[6],
    opaque: values[7],
    qop: values[8],
    nc: values[9],
    stale: values[10],
    userhash: values[11],
    nextnonce: values[12],
    rspauth: values[13],
  });
}

// A comma ends an unquoted value; a semicolon, which a sloppy unquoted uri may hold, does not.
function isValue(code: number): boolean {
  return (charClass[code]! & VALUE) !== 0 || code === 59;
}

/** The position of a name in `names`, found by its length; -1 for one that we do not know. */
function nameAt(text: string, start: number, end: number): number {
  const candidates = byLength[end - start];
  if (candidates === undefined) return -1;
  for (const index of candidates) if (text.startsWith(names[index]!, start)) return index;
  const lower = text.slice(start, end).toLowerCase();
  return candidates.find((index) => names[index] === lower) ?? -1;
}

const byLength: (number[] | undefined)[] = new Array(10).fill(undefined);
for (const [index, name] of names.entries()) byLength[name.length] = [...(byLength[name.length] ?? []), index];

/** A user name or realm as people write it: escapes undone, octets read as UTF-8. */
export function plainText(value: string): string {
  return utf8Decode(value.includes("\\") ? value.replace(/\\([\s\S])/g, "$1") : value);
}
