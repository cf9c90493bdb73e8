/** What a server writes into the topmost Via of a request: where it really came from. RFC 3261 §18.2.1, RFC 3581 §4. */

import { HeaderId } from "../message/header-id.ts";
import { bracket, hostEquals } from "../message/host.ts";
import { charClass, equalsIgnoreCase, SPACE, skipQuoted, skipSpace, skipToken, trimEnd } from "../message/lexer.ts";
import type { SipRequest } from "../message/message.ts";
import { fieldEnd, topViaStart } from "../message/top-via.ts";
import type { Via } from "../message/values.ts";
import type { Endpoint } from "./contract.ts";

/** The request's text with `received` and `rport` filled in; `undefined` when nothing needs to change or the Via is faulty. */
export function stampVia(message: SipRequest, flow: { readonly remote: Endpoint }): string | undefined {
  const line = message.findLine(HeaderId.Via);
  if (line === -1) return undefined;
  return stampAt(message.text, message.valueStart(line), message.valueEnd(line), flow.remote);
}

/**
 * As `stampVia`, on the text of a request before it is parsed, so that it is parsed once: finds the first Via line by
 * itself. Responses and texts without a Via come back as they are.
 */
export function stampTopVia(text: string, flow: { readonly remote: Endpoint }): string {
  if (text.startsWith("SIP/2.0 ")) return text;
  const start = topViaStart(text);
  const end = start === -1 ? -1 : fieldEnd(text, start);
  return end === -1 ? text : (stampAt(text, start, trimEnd(text, start, end), flow.remote) ?? text);
}

/**
 * Whether the Via, as read, says where the request came from. Always so after `stampTopVia`, unless reading and stamping
 * understood a faulty value differently: then a peer could pass for another.
 */
export function isStamped(via: Via, remote: Endpoint): boolean {
  if (via.rport !== undefined && via.rport !== remote.port) return false;
  const source = via.received ?? via.host;
  return source === remote.address || hostEquals(bracket(source), bracket(withoutZone(remote.address)));
}

/** `text[start, end)` holds one Via value or several; the first is stamped. */
function stampAt(text: string, start: number, end: number, remote: Endpoint): string | undefined {
  let at = sentByAt(text, start, end);
  if (at === -1) return undefined;
  const host = at;
  if (text.charCodeAt(at) === 91) {
    at = text.indexOf("]", at) + 1;
    if (at === 0 || at > end) return undefined;
  } else while (at < end && !isHostEnd(text.charCodeAt(at))) at++;
  const hostEnd = at;
  while (at < end && text.charCodeAt(at) !== 59 && text.charCodeAt(at) !== 44) at++;

  // Walk the parameters of the first value; a comma ends it.
  let rportEnd = -1;
  let rportValueEnd = -1;
  let receivedStart = -1;
  let receivedEnd = -1;
  let receivedEquals = "";
  let last = at;
  while (at < end && text.charCodeAt(at) === 59) {
    const name = skipSpace(text, at + 1, end);
    const nameEnd = skipToken(text, name, end);
    let valueStart = -1;
    last = nameEnd;
    at = skipSpace(text, nameEnd, end);
    if (text.charCodeAt(at) === 61 && at < end) {
      at = skipSpace(text, at + 1, end);
      valueStart = at;
      if (text.charCodeAt(at) === 34) {
        at = skipQuoted(text, at, end);
        if (at === -1) return undefined;
      } else while (at < end && !isValueEnd(text.charCodeAt(at))) at++;
      last = at;
      at = skipSpace(text, at, end);
    }
    if (nameEnd - name === 5 && rportEnd === -1 && isNamed(text, name, nameEnd, "rport")) {
      rportEnd = nameEnd;
      rportValueEnd = last;
    } else if (nameEnd - name === 8 && receivedStart === -1 && isNamed(text, name, nameEnd, "received")) {
      receivedStart = valueStart === -1 ? nameEnd : valueStart;
      receivedEnd = last;
      receivedEquals = valueStart === -1 ? "=" : "";
    }
  }
  if (at < end && text.charCodeAt(at) !== 44) return undefined;

  const source = withoutZone(remote.address);
  const asksRport = rportEnd !== -1;
  // RFC 3581 §4: with rport, received is added even where the host already is the source address.
  const needsReceived = asksRport || receivedStart !== -1 || !isHost(text, host, hostEnd, source);
  if (!needsReceived) return undefined;

  let rport = "";
  if (asksRport) {
    rport = `=${remote.port}`;
    if (text.slice(rportEnd, rportValueEnd) === rport) rport = "";
  }
  if (receivedStart === -1) {
    if (asksRport) {
      // Both in one splice, after the parameter that asked.
      const value = rport === "" ? text.slice(rportEnd, rportValueEnd) : rport;
      return `${text.slice(0, rportEnd)}${value};received=${source}${text.slice(rportValueEnd)}`;
    }
    const to = trimEnd(text, hostEnd, last);
    return `${text.slice(0, to)};received=${source}${text.slice(to)}`;
  }
  // What a peer claims in `received` is replaced: only the receiver can know it.
  const received = text.slice(receivedStart, receivedEnd) === source ? "" : receivedEquals + source;
  if (rport === "" && received === "") return undefined;
  const edits: [start: number, end: number, value: string][] = [];
  if (rport !== "") edits.push([rportEnd, rportValueEnd, rport]);
  if (received !== "") edits.push([receivedStart, receivedEnd, received]);
  edits.sort((a, b) => b[0] - a[0]);
  let out = text;
  for (const [from, to, value] of edits) out = out.slice(0, from) + value + out.slice(to);
  return out;
}

/** `fe80::1%eth0` → `fe80::1`: zones mean nothing to others. */
function withoutZone(address: string): string {
  const zone = address.indexOf("%");
  return zone === -1 ? address : address.slice(0, zone);
}

/** Offset of the host in `SIP/2.0/UDP host`; -1 when the value does not begin so. White space may stand around the slashes. */
function sentByAt(text: string, start: number, end: number): number {
  let at = skipSpace(text, start, end);
  // Empty elements of a list are passed over, as they are when the value is read (RFC 4475 §3.1.1.1).
  while (text.charCodeAt(at) === 44 && at < end) at = skipSpace(text, at + 1, end);
  if (text.startsWith("SIP/2.0/", at)) at += 8;
  else {
    for (let slashes = 0; slashes < 2; slashes++) {
      at = skipSpace(text, skipToken(text, at, end), end);
      if (text.charCodeAt(at) !== 47) return -1;
      at = skipSpace(text, at + 1, end);
    }
  }
  at = skipToken(text, skipSpace(text, at, end), end);
  const host = skipSpace(text, at, end);
  return host === at || host >= end ? -1 : host;
}

/** Whether `text[start, end)` is the address; IPv6 by value, in brackets. */
function isHost(text: string, start: number, end: number, address: string): boolean {
  if (text.charCodeAt(start) !== 91) return end - start === address.length && text.startsWith(address, start);
  return hostEquals(text.slice(start, end), `[${address}]`);
}

function isNamed(text: string, start: number, end: number, name: string): boolean {
  return text.startsWith(name, start) || equalsIgnoreCase(text.slice(start, end), name);
}

function isHostEnd(code: number): boolean {
  return code === 58 || isValueEnd(code);
}

function isValueEnd(code: number): boolean {
  return code === 59 || code === 44 || (charClass[code]! & SPACE) !== 0;
}
