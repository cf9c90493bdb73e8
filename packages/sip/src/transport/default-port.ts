/** Ports and Via names of each transport. RFC 3261 §18, §20.42, RFC 7118 §5.2. */

import type { TransportKind } from "./contract.ts";

export function defaultPort(kind: TransportKind): number {
  switch (kind) {
    case "udp":
    case "tcp":
      return 5060;
    case "tls":
      return 5061;
    case "ws":
      return 80;
    case "wss":
      return 443;
  }
  kind satisfies never;
}

/** As it stands in Via: `UDP`, `TCP`, `TLS`, `WS`, `WSS`. */
export function viaTransport(kind: TransportKind): string {
  return viaNames[kind];
}

const viaNames: Readonly<Record<TransportKind, string>> = { udp: "UDP", tcp: "TCP", tls: "TLS", ws: "WS", wss: "WSS" };

/** The transport that a Via's or a URI parameter's name means, in any case; `undefined` for SCTP and the like. */
export function transportKind(name: string): TransportKind | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(viaNames, lower) ? (lower as TransportKind) : undefined;
}
