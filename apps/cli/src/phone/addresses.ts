/** Addresses as people type them, as URIs. RFC 3261 §19.1, RFC 3966. */

import { err, type Fault, ok, type Result } from "@trapezoid/base";
import {
  formatUri,
  isIpAddress,
  isSipUri,
  isTelUri,
  type NameAddr,
  parseNameAddr,
  parseUri,
  type SipUri,
  sipUri,
  type Uri,
  unbracket,
  unescapeUri,
  withParam,
} from "@trapezoid/sip/message";
import { parseHostPort, type TransportKind } from "@trapezoid/sip/transport";

/** `alice@example.com`, `sip:alice@example.com`, `"Alice" <sip:alice@example.com>`; `alice` where a server says which domain. */
export function ownAddress(text: string, server: SipUri | undefined): Result<NameAddr, Fault> {
  const trimmed = text.trim();
  const isWhole = /^(sips?:|"|<)|</i.test(trimmed);
  if (!isWhole && !trimmed.includes("@")) {
    if (server === undefined) return refuse(`"${text}" has no domain; write it as ${trimmed || "alice"}@example.com`);
    return named(`sip:${trimmed}@${server.host}${server.port === undefined ? "" : `:${server.port}`}`, text);
  }
  return named(isWhole ? trimmed : `sip:${trimmed}`, text);
}

function named(text: string, typed: string): Result<NameAddr, Fault> {
  const parsed = parseNameAddr(text);
  if (!parsed.ok) return refuse(`"${typed}" is no address (${parsed.error.message}); write it as alice@example.com`);
  const { uri } = parsed.value;
  if (!isSipUri(uri) || !uri.user) return refuse(`"${typed}" names nobody; write it as alice@example.com`);
  return parsed;
}

export interface TargetOptions {
  /** Who calls. */
  readonly as: NameAddr | undefined;
  /** Whether a name with dots is a machine (`options pbx.example.com`) and not a user. */
  readonly hostsFirst?: boolean;
}

/**
 * Whom to call: a URI; `bob@example.com`; a machine, by its address or with a port; `bob` and numbers, at the domain of whoever calls.
 */
export function targetUri(text: string, { as, hostsFirst = false }: TargetOptions): Result<Uri, Fault> {
  const trimmed = text.trim();
  if (trimmed === "") return refuse("an empty address reaches nobody");
  if (/^(sips?|tel):/i.test(trimmed)) return telAtHome(trimmed, text, as);
  if (trimmed.includes("@")) return uri(`sip:${trimmed}`, text);
  if (isMachine(trimmed, hostsFirst)) return uri(`sip:${trimmed}`, text);
  const home = as?.uri;
  if (home === undefined || !isSipUri(home)) {
    return refuse(`"${text}" has no domain; write it as ${trimmed}@example.com, or say with --as who calls`);
  }
  return uri(
    `${home.scheme}:${trimmed.replaceAll(" ", "")}@${home.host}${home.port === undefined ? "" : `:${home.port}`}`,
    text,
  );
}

/** RFC 3261 §19.1.6: a telephone number is reached by the caller's own domain. */
function telAtHome(text: string, typed: string, as: NameAddr | undefined): Result<Uri, Fault> {
  const parsed = uri(text, typed);
  if (!parsed.ok || !isTelUri(parsed.value)) return parsed;
  const home = as?.uri;
  if (home === undefined || !isSipUri(home))
    return refuse(`"${typed}" is reached by a domain; say with --as who calls`);
  const digits = parsed.value.number.replace(/[-.()]/g, "");
  return uri(
    `${home.scheme}:${digits}@${home.host}${home.port === undefined ? "" : `:${home.port}`};user=phone`,
    typed,
  );
}

function isMachine(text: string, hostsFirst: boolean): boolean {
  const parsed = parseHostPort(text);
  if (!parsed.ok) return false;
  const { host, port } = parsed.value;
  return (
    isIpAddress(unbracket(host)) || port !== undefined || host === "localhost" || (hostsFirst && host.includes("."))
  );
}

/** A server: a URI, or host and port. */
export function serverUri(text: string): Result<SipUri, Fault> {
  const trimmed = text.trim();
  const parsed = uri(/^sips?:/i.test(trimmed) ? trimmed : `sip:${trimmed}`, text);
  if (!parsed.ok) return parsed;
  return isSipUri(parsed.value)
    ? ok(parsed.value)
    : refuse(`"${text}" is no SIP server; write it as sip.example.com or 192.0.2.1:5060`);
}

/** By the transport that was asked for, unless the URI itself says which. */
export function byTransport<T extends Uri>(target: T, kind: TransportKind | undefined): T | SipUri {
  if (kind === undefined || !isSipUri(target) || target.params.some(({ name }) => name.toLowerCase() === "transport"))
    return target;
  // RFC 3261 §26.2.2: sips is TLS already.
  if (target.scheme === "sips") return kind === "wss" ? withTransport(target, "ws") : target;
  // RFC 7118 §5.5 has one word for both; a secure WebSocket is asked for by the scheme.
  if (kind === "wss") return withTransport({ ...target, scheme: "sips" }, "ws");
  return withTransport(target, kind);
}

function withTransport(target: SipUri, kind: string): SipUri {
  return sipUri({ ...target, params: withParam(target.params, "transport", kind) });
}

/** As people write it: `bob@example.com`, `+1…@example.com`, `192.0.2.1:5060`. */
export function shownUri(target: Uri): string {
  if (isTelUri(target)) return target.number;
  if (!isSipUri(target)) return formatUri(target);
  const user = target.user === undefined ? "" : `${unescapeUri(target.user)}@`;
  return `${user}${target.host}${target.port === undefined ? "" : `:${target.port}`}`;
}

/** A name where there is one. */
export function shownName(address: NameAddr): string {
  const { displayName } = address;
  return displayName === undefined || displayName === ""
    ? shownUri(address.uri)
    : `${displayName} <${shownUri(address.uri)}>`;
}

function uri(text: string, typed: string): Result<Uri, Fault> {
  const parsed = parseUri(text);
  return parsed.ok ? parsed : refuse(`"${typed}" is no address (${parsed.error.message}); write it as bob@example.com`);
}

function refuse(message: string): Result<never, Fault> {
  return err({ code: "PHONE_BAD_ADDRESS", message, offset: 0 });
}
