/** Hosts and ports as a configuration writes them: `127.0.0.1:8080`, `[::1]:8080`, `sip.example.com`. */

import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { parseHostPort as parseSipHostPort } from "@trapezoid/sip/transport";

export interface HostPort {
  /** Lower case, IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

export function parseHostPort(text: string): HostPort | undefined {
  const parsed = parseSipHostPort(text);
  if (!parsed.ok) return undefined;
  const host = parsed.value.host.replace(/^\[|\]$/g, "").toLowerCase();
  return isIP(host) !== 0 || isHost(host) ? { host, port: parsed.value.port } : undefined;
}

/** `bücher.example` is `xn--bcher-kva.example`; what needs no change, or cannot be changed, is left alone. */
export function asciiHost(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : domainToASCII(text) || text;
}

/** A host name or an IPv4 address. */
export function isHost(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return isIP(text) === 4;
  const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
  return (
    text.length <= 253 &&
    text
      .replace(/\.$/, "")
      .split(".")
      .every((part) => label.test(part))
  );
}

/** A loopback address, or the name that means one. */
export function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
