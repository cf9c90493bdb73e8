/** Via. RFC 3261 §20.42, RFC 3581 (rport), RFC 5118 §4.5 (received). */

import { type Err, type Fault, fault, ok, type Result } from "@trapezoid/base";
import { isIpv6, unbracket } from "./host.ts";
import { charClass, equalsIgnoreCase, HOST, isSipVersion, SPACE, skipSpace, skipToken } from "./lexer.ts";
import { formatParams, noParams, paramsAt, stoppedAt } from "./params.ts";
import type { Param, Params, Via } from "./values.ts";

export function parseVia(text: string): Result<Via, Fault> {
  return parseViaAt(text, 0, text.length);
}

/** @internal The first Via value of the list in `text[start, end)`; the fault's offset is in `text`. */
export function parseFirstVia(text: string, start: number, end: number): Result<Via, Fault> {
  let at = skipSpace(text, start, end);
  while (text.charCodeAt(at) === 44 && at < end) at = skipSpace(text, at + 1, end);
  return parseViaAt(text, at, end, true);
}

/** @internal As `parseVia`, of `text[start, end)`; in a list, it ends at a comma. The fault's offset is in `text`. */
export function parseViaAt(text: string, start: number, end: number, inList = false): Result<Via, Fault> {
  let at = skipSpace(text, start, end);
  if (isSipVersion(text, at) && at + 7 < end && text.charCodeAt(at + 7) === 47) at += 8;
  else {
    // White space may stand around the slashes (§25.1 SLASH, RFC 4475 §3.1.1.1).
    const name = at;
    at = skipToken(text, at, end);
    if (!equalsIgnoreCase(text.slice(name, at), "SIP")) return bad("expected SIP/2.0/transport", name);
    at = slash(text, at, end);
    if (at === -1) return bad("expected SIP/2.0/transport", name);
    const version = at;
    at = skipToken(text, at, end);
    if (text.slice(version, at) !== "2.0") return bad("expected protocol version 2.0", version);
    at = slash(text, at, end);
    if (at === -1) return bad("expected SIP/2.0/transport", version);
  }
  at = skipSpace(text, at, end);
  const transportStart = at;
  at = skipToken(text, at, end);
  if (at === transportStart) return bad("expected a transport", at);
  const transport = transportAt(text, transportStart, at);
  if (at >= end || !(charClass[text.charCodeAt(at)]! & SPACE)) return bad("expected white space and a host", at);
  at = skipSpace(text, at, end);
  const hostStart = at;
  if (text.charCodeAt(at) === 91) {
    const close = text.indexOf("]", at);
    if (close === -1 || close >= end) return bad("the IPv6 reference is not closed", at);
    at = close + 1;
    if (!isIpv6(text.slice(hostStart, at))) return bad("expected an IPv6 address in the brackets", hostStart);
  } else while (at < end && charClass[text.charCodeAt(at)]! & HOST) at++;
  if (at === hostStart) return bad("expected a host", at);
  const host = text.slice(hostStart, at);
  at = skipSpace(text, at, end);
  let port: number | undefined;
  if (at < end && text.charCodeAt(at) === 58) {
    at = skipSpace(text, at + 1, end);
    const portStart = at;
    let value = 0;
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === portStart || value > 65_535) return bad("expected a port number", portStart);
    port = value;
  }
  const params: Param[] = [];
  const stop = paramsAt(text, at, end, params);
  if (stop !== end && !(inList && text.charCodeAt(stop) === 44)) {
    return bad('expected ";name" or ";name=value" after the host', stoppedAt(stop));
  }
  return ok(viaWith(transport, host, port, params));
}

function viaWith(transport: string, host: string, port: number | undefined, params: Params): Via {
  let branch: string | undefined;
  let received: string | undefined;
  let rport: number | true | undefined;
  let maddr: string | undefined;
  for (const { name, value } of params) {
    if (name === "branch" || equalsIgnoreCase(name, "branch")) branch ??= value;
    else if (name === "rport" || equalsIgnoreCase(name, "rport")) rport ??= portOf(value);
    // RFC 5118 §4.5: brackets are accepted here, and never written.
    else if (name === "received" || equalsIgnoreCase(name, "received")) received ??= value && unbracket(value);
    else if (name === "maddr" || equalsIgnoreCase(name, "maddr")) maddr ??= value;
  }
  return { transport, host, port, params, branch, received, rport, maddr };
}

function portOf(value: string | undefined): number | true | undefined {
  if (value === undefined || value === "") return true;
  const port = /^[0-9]{1,5}$/.test(value) ? Number(value) : 65_536;
  return port < 65_536 ? port : undefined;
}

function slash(text: string, at: number, end: number): number {
  at = skipSpace(text, at, end);
  return text.charCodeAt(at) === 47 && at < end ? skipSpace(text, at + 1, end) : -1;
}

/** A shared upper-case string for the transports in use. */
function transportAt(text: string, start: number, end: number): string {
  switch (end - start) {
    case 3:
      if (text.startsWith("UDP", start)) return "UDP";
      if (text.startsWith("TCP", start)) return "TCP";
      if (text.startsWith("TLS", start)) return "TLS";
      if (text.startsWith("WSS", start)) return "WSS";
      break;
    case 2:
      if (text.startsWith("WS", start)) return "WS";
      break;
  }
  return text.slice(start, end).toUpperCase();
}

function bad(expected: string, offset: number): Err<Fault> {
  return fault("SIP_MSG_BAD_VIA", expected, offset);
}

/** Written from `transport`, `host`, `port` and `params`; branch, received, rport and maddr are read off `params`. */
export function formatVia(via: Via): string {
  const { transport, host, port, params } = via;
  return `SIP/2.0/${transport} ${port === undefined ? host : `${host}:${port}`}${formatParams(params)}`;
}

/** A Via from its parts; branch, received, rport and maddr are read off `params`. */
export function createVia(parts: {
  readonly transport: string;
  readonly host: string;
  readonly port?: number | undefined;
  readonly params?: Params;
}): Via {
  const { transport, host, port, params = noParams } = parts;
  return viaWith(transport.toUpperCase(), host, port, params);
}
