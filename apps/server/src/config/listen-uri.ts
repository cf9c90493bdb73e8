/** Listening addresses as text: `udp://0.0.0.0:5060`, `tls://[::]:5061`, `127.0.0.1:8080`. */

import { isIP } from "node:net";
import { err, ok, type Result } from "@trapezoid/base";
import type { ListenUri, TransportKind } from "@trapezoid/sip/transport";
import { defaultSipPort, defaultSipsPort } from "./defaults.ts";

const defaultPorts: Readonly<Record<TransportKind, number>> = {
  udp: defaultSipPort,
  tcp: defaultSipPort,
  tls: defaultSipsPort,
  ws: 80,
  wss: 443,
};

const expected = "expected udp, tcp, tls, ws or wss, an address and a port (udp://0.0.0.0:5060)";

export function parseListenUri(text: string): Result<ListenUri, string> {
  const match = /^([a-z]+):\/\/(.+?)\/?$/i.exec(text);
  const kind = match?.[1]?.toLowerCase() as TransportKind | undefined;
  if (match === null || kind === undefined || !Object.hasOwn(defaultPorts, kind))
    return err(`${expected}, found "${text}"`);
  const place = parseHostPort(match[2]!);
  if (place === undefined) return err(`${expected}, found "${text}"`);
  return ok({ kind, host: place.host, port: place.port ?? defaultPorts[kind] });
}

export function formatListenUri(uri: ListenUri): string {
  return `${uri.kind}://${formatHostPort(uri.host, uri.port)}`;
}

export interface HostPort {
  /** Lower case, IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** `127.0.0.1:8080`, `[::1]:8080`, `sip.example.com`; an IPv6 address alone needs no brackets. */
export function parseHostPort(text: string): HostPort | undefined {
  if (isIP(text) === 6) return { host: text.toLowerCase(), port: undefined };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const host = (match[1] ?? match[2]!).toLowerCase();
  if (match[1] !== undefined ? isIP(host.replace(/%.*$/, "")) !== 6 : !isHost(host)) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  return port !== undefined && port > 65_535 ? undefined : { host, port };
}

export function formatHostPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** A host name or an IPv4 address. */
export function isHost(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return isIP(text) === 4;
  return (
    text.length <= 253 &&
    /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i.test(text)
  );
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
