/** When two URIs are the same. RFC 3261 §19.1.4, RFC 5954 §4, RFC 3966 §4. */

import { hostEquals } from "./host.ts";
import { equalsIgnoreCase } from "./lexer.ts";
import type { OtherUri, Param, Params, SipUri, TelUri, Uri } from "./values.ts";

export function uriEquals(a: Uri, b: Uri): boolean {
  if (a.scheme !== b.scheme) return false;
  if (a.scheme === "sip" || a.scheme === "sips") return sipUriEquals(a as SipUri, b as SipUri);
  if (a.scheme === "tel") return telUriEquals(a as TelUri, b as TelUri);
  // The scheme is compared without case, the rest as it is: what we do not know we do not fold.
  const at = a.scheme.length;
  return (a as OtherUri).text.slice(at) === (b as OtherUri).text.slice(at);
}

function sipUriEquals(a: SipUri, b: SipUri): boolean {
  // User and password are case-sensitive; what is absent equals nothing that is there; the same for the port.
  return (
    sameEscaped(a.user, b.user) &&
    sameEscaped(a.password, b.password) &&
    hostEquals(a.host, b.host) &&
    a.port === b.port &&
    paramsMatch(a.params, b.params) &&
    paramsMatch(b.params, a.params) &&
    headersMatch(a.headers, b.headers)
  );
}

// §19.1.4: these never match when only one URI has them; others are ignored then.
const never: ReadonlySet<string> = new Set(["user", "ttl", "method", "maddr", "transport"]);

function paramsMatch(a: Params, b: Params): boolean {
  if (a.length === 0) return true;
  const others = firstByName(b);
  for (const [name, { value }] of firstByName(a)) {
    const param = others.get(name);
    if (param === undefined) {
      if (never.has(name)) return false;
      continue;
    }
    const other = param.value;
    if (value === undefined || other === undefined) {
      if (value !== other) return false;
    } else if (!equalsIgnoreCase(normalizeEscapes(value), normalizeEscapes(other))) return false;
  }
  return true;
}

/**
 * §19.1.1: a name occurs once. Where it does not, the first one counts, as everywhere; and a peer may write thousands of
 * names, which must not be looked for one among the others.
 */
function firstByName(params: Params): Map<string, Param> {
  const byName = new Map<string, Param>();
  for (const param of params) {
    const name = param.name.toLowerCase();
    if (!byName.has(name)) byName.set(name, param);
  }
  return byName;
}

function headersMatch(a: SipUri["headers"], b: SipUri["headers"]): boolean {
  if (a.length !== b.length) return false;
  const keys = (headers: SipUri["headers"]) =>
    headers.map(([name, value]) => `${normalizeEscapes(name)}=${normalizeEscapes(value)}`.toLowerCase()).sort();
  const left = keys(a);
  const right = keys(b);
  return left.every((key, at) => key === right[at]);
}

function sameEscaped(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && normalizeEscapes(a) === normalizeEscapes(b);
}

/** Undoes escapes of characters that need none; those of reserved characters, and of octets that cannot be written, stay. */
function normalizeEscapes(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (escaped, digits: string) => {
    const char = String.fromCharCode(Number.parseInt(digits, 16));
    return /[A-Za-z0-9\-_.!~*'()]/.test(char) ? char : escaped.toUpperCase();
  });
}

/** RFC 3966 §4. Visual separators and the order of parameters do not count; all parameters must be in both. */
export function telUriEquals(a: TelUri, b: TelUri): boolean {
  if (!samePhoneDigits(a.number, b.number) || a.params.length !== b.params.length) return false;
  const others = firstByName(b.params);
  for (const [name, { value }] of firstByName(a.params)) {
    const param = others.get(name);
    if (param === undefined) return false;
    const other = param.value;
    if (value === undefined || other === undefined) {
      if (value !== other) return false;
      continue;
    }
    const isNumber = name === "ext" || (name === "phone-context" && value.startsWith("+"));
    const isSame = isNumber
      ? samePhoneDigits(value, other)
      : equalsIgnoreCase(normalizeEscapes(value), normalizeEscapes(other));
    if (!isSame) return false;
  }
  return true;
}

function samePhoneDigits(a: string, b: string): boolean {
  const digits = (number: string) => number.replace(/[-.()]/g, "").toLowerCase();
  return digits(a) === digits(b);
}
