/** `host:port` texts and listening addresses: `udp://0.0.0.0:5060`, `tls://[::]:5061`, `sip.example.com:5070`. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { bracket, isIpv6, unbracket } from "../message/host.ts";
import type { Endpoint, ListenUri } from "./contract.ts";
import { defaultPort, transportKind } from "./default-port.ts";

export interface HostPort {
  /** As in a URI: an IPv6 address keeps its brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** `host`, `host:port`, `[2001:db8::1]:port`; a bare IPv6 address is taken too. */
export function parseHostPort(text: string): Result<HostPort, Fault> {
  if (!text.startsWith("[") && text.includes(":") && isIpv6(text)) return ok({ host: `[${text}]`, port: undefined });
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?$/.exec(text);
  const host = match?.[1];
  if (host === undefined || (host.startsWith("[") && !isIpv6(host))) {
    return fault("SIP_TP_BAD_HOST_PORT", `expected a host or host:port, got "${text}"`);
  }
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && port > 65_535) return fault("SIP_TP_BAD_PORT", `a port is at most 65535, got ${port}`);
  return ok({ host, port });
}

/** `kind://host[:port]`; without a port, the transport's default. */
export function parseListenUri(text: string): Result<ListenUri, Fault> {
  const match = /^([A-Za-z]+):\/\/(.+?)\/?$/.exec(text);
  const kind = match === null ? undefined : transportKind(match[1]!);
  if (match === null || kind === undefined) {
    return fault("SIP_TP_BAD_LISTEN_URI", `expected udp, tcp, tls, ws or wss://host:port, got "${text}"`);
  }
  const parsed = parseHostPort(match[2]!);
  if (!parsed.ok) return parsed;
  return ok({ kind, host: unbracket(parsed.value.host), port: parsed.value.port ?? defaultPort(kind) });
}

export function formatListenUri(uri: ListenUri): string {
  return `${uri.kind}://${formatEndpoint(uri.host, uri.port)}`;
}

/** `192.0.2.1:5060`, `[2001:db8::1]:5060`. */
export function formatEndpoint(address: string, port: number): string {
  return `${bracket(address)}:${port}`;
}

/** `0.0.0.0` and `::`, which stand for every address and must never be told to anyone. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::" || address === "[::]";
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

export function endpointKey(endpoint: Endpoint): string {
  return formatEndpoint(endpoint.address, endpoint.port);
}
