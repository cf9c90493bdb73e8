/** The lines of a description that are not attributes: o=, c=, m=, b=. RFC 8866 §5.2, §5.7, §5.8, §5.14. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";

export interface Origin {
  readonly username: string;
  /** Decimal digits: may be larger than a number holds. */
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly addressType: "IP4" | "IP6";
  readonly address: string;
}

export interface Connection {
  readonly addressType: "IP4" | "IP6";
  /** Without time to live and count of addresses. */
  readonly address: string;
}

export interface MediaLine {
  /** `audio`, `video`, `application`, … */
  readonly kind: string;
  /** 0: the stream is refused or ended (RFC 3264 §6). */
  readonly port: number;
  /** Of `m=video 49170/2 …`; 1 when absent. */
  readonly portCount: number;
  /** `RTP/AVP`. */
  readonly protocol: string;
  readonly formats: readonly string[];
}

export interface Bandwidth {
  /** `AS`, `TIAS`, … */
  readonly type: string;
  readonly value: number;
}

export function parseOrigin(text: string): Result<Origin, Fault> {
  const match = /^(\S+) +(\d+) +(\d+) +IN +(IP4|IP6) +(\S+)\s*$/i.exec(text);
  if (match === null)
    return fault("SDP_BAD_ORIGIN", `o= is "user id version IN IP4 address", not ${JSON.stringify(text)}`);
  const [, username, sessionId, sessionVersion, type, address] = match as unknown as string[];
  return ok({
    username: username!,
    sessionId: sessionId!,
    sessionVersion: sessionVersion!,
    addressType: type!.toUpperCase() as "IP4" | "IP6",
    address: address!,
  });
}

export function formatOrigin(origin: Origin): string {
  return `${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`;
}

export function parseConnection(text: string): Result<Connection, Fault> {
  const match = /^IN +(IP4|IP6) +([^\s/]+)(?:\/\d+){0,2}\s*$/i.exec(text);
  if (match === null) return fault("SDP_BAD_CONNECTION", `c= is "IN IP4 address", not ${JSON.stringify(text)}`);
  return ok({ addressType: match[1]!.toUpperCase() as "IP4" | "IP6", address: match[2]! });
}

export function formatConnection({ addressType, address }: Connection): string {
  return `IN ${addressType} ${address}`;
}

/** The type that an address has: names count as IPv4. */
export function addressTypeOf(address: string): "IP4" | "IP6" {
  return address.includes(":") ? "IP6" : "IP4";
}

/** RFC 2543's way to put a stream on hold, which phones still use (RFC 3264 §8.4). */
export function isNullAddress(address: string): boolean {
  return address === "0.0.0.0" || address === "::" || address.toLowerCase().endsWith(".invalid");
}

export function parseMediaLine(text: string): Result<MediaLine, Fault> {
  const match = /^(\S+) +(\d{1,5})(?:\/(\d{1,5}))? +(\S+) *(.*)$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    return fault("SDP_BAD_MEDIA", `m= is "audio 49170 RTP/AVP 0", not ${JSON.stringify(text.slice(0, 80))}`);
  }
  const [, kind, , count, protocol, formats] = match as unknown as (string | undefined)[];
  return ok({
    kind: kind!.toLowerCase(),
    port,
    portCount: count === undefined ? 1 : Number(count),
    protocol: protocol!.toUpperCase(),
    formats: formats!.split(/ +/).filter((format) => format !== ""),
  });
}

export function formatMediaLine({ kind, port, portCount, protocol, formats }: MediaLine): string {
  return `${kind} ${port}${portCount === 1 ? "" : `/${portCount}`} ${protocol} ${formats.join(" ")}`;
}

export function parseBandwidth(text: string): Result<Bandwidth, Fault> {
  const match = /^([^:\s]+):(\d+)\s*$/.exec(text);
  if (match === null) return fault("SDP_BAD_BANDWIDTH", `b= is "AS:64", not ${JSON.stringify(text)}`);
  return ok({ type: match[1]!, value: Number(match[2]) });
}
