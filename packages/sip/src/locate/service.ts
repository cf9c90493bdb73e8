/** The transports as DNS names them. RFC 3263 §4.1, RFC 7118 §5.5 and §10.2. */

import type { TransportKind } from "../transport/contract.ts";

export interface Service {
  /** NAPTR service field, upper case. */
  readonly naptr: string;
  /** What precedes the domain in the name of its SRV records. */
  readonly srv: string;
  readonly defaultPort: number;
  /** TLS below. */
  readonly secure: boolean;
}

// RFC 7118 names no SRV prefix for WebSocket; these are the ones in use.
export const services: Readonly<Record<TransportKind, Service>> = {
  udp: { naptr: "SIP+D2U", srv: "_sip._udp", defaultPort: 5060, secure: false },
  tcp: { naptr: "SIP+D2T", srv: "_sip._tcp", defaultPort: 5060, secure: false },
  tls: { naptr: "SIPS+D2T", srv: "_sips._tcp", defaultPort: 5061, secure: true },
  ws: { naptr: "SIP+D2W", srv: "_sip._ws", defaultPort: 80, secure: false },
  wss: { naptr: "SIPS+D2W", srv: "_sips._ws", defaultPort: 443, secure: true },
};

const byNaptr = new Map<string, TransportKind>(
  (Object.keys(services) as TransportKind[]).map((kind) => [services[kind].naptr, kind]),
);

/** The transport of a NAPTR service field in any case; `undefined` for other services. */
export function kindOfNaptr(service: string): TransportKind | undefined {
  return byNaptr.get(service.toUpperCase());
}

/** The transport that scheme and transport parameter (lower case) ask for together; `undefined` when we know none such. */
export function kindOfParam(secure: boolean, transport: string): TransportKind | undefined {
  switch (transport) {
    case "udp":
      // RFC 3263 §4.1: there is no TLS over UDP.
      return secure ? undefined : "udp";
    case "tcp":
      return secure ? "tls" : "tcp";
    // RFC 3261 §26.2.2 deprecates transport=tls; it is in use.
    case "tls":
      return "tls";
    case "ws":
      return secure ? "wss" : "ws";
    case "wss":
      return "wss";
  }
  return undefined;
}
