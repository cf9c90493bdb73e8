/** Where a response goes: by the flow of its request, or where the Via says. RFC 3261 §18.2.2, RFC 3581 §4. */

import { ipv6Groups, isIpAddress, unbracket } from "../message/host.ts";
import { getParam } from "../message/params.ts";
import type { Via } from "../message/values.ts";
import type { Endpoint, TransportKind } from "./contract.ts";
import { defaultPort, transportKind } from "./default-port.ts";
import { isLoopback } from "./host-port.ts";

export interface ResponseTarget {
  readonly kind: TransportKind;
  /** A name, or an address without brackets. */
  readonly host: string;
  /** `undefined` for a name without a port: then the procedure of RFC 3263 §5 starts at SRV. */
  readonly port: number | undefined;
  /** Whether `host` is an address, so that nothing is looked up. */
  readonly numeric: boolean;
  /** Multicast (`maddr`): send with this TTL. */
  readonly ttl?: number;
  /** What to try when this fails, by RFC 3263 §5: the sent-by of a request that came over a connection. */
  readonly fallback?: { readonly host: string; readonly port: number | undefined };
}

/**
 * `undefined` when there is no way back: an unknown transport, or a WebSocket, whose client nobody can call
 * (RFC 7118 §5.2).
 */
export function responseTarget(via: Via): ResponseTarget | undefined {
  const kind = transportKind(via.transport);
  if (kind === undefined || kind === "ws" || kind === "wss") return undefined;
  const sentBy = unbracket(via.host);
  const sentByNumeric = isIpAddress(sentBy);
  // §18.2.2: with no port in sent-by, an address is answered at the transport's default one, a name through DNS.
  const sentByPort = via.port ?? (sentByNumeric ? defaultPort(kind) : undefined);
  const received = via.received === undefined ? undefined : unbracket(via.received);

  if (kind === "tcp" || kind === "tls") {
    if (received === undefined) return { kind, host: sentBy, port: sentByPort, numeric: sentByNumeric };
    // §18.2.2, first bullet: a new connection to the received address, at the port of sent-by; then RFC 3263 §5.
    const port = via.port ?? defaultPort(kind);
    return { kind, host: received, port, numeric: true, fallback: { host: sentBy, port: via.port } };
  }
  if (via.maddr !== undefined) {
    const host = unbracket(via.maddr);
    const ttl = Number(getParam(via.params, "ttl") ?? 1);
    const port = via.port ?? defaultPort(kind);
    return { kind, host, port, numeric: isIpAddress(host), ...(isMulticast(host) && ttl <= 255 ? { ttl } : {}) };
  }
  if (received !== undefined) {
    // RFC 3581 §4: rport, where the server filled it in, goes before the port of sent-by.
    const port = typeof via.rport === "number" ? via.rport : (via.port ?? defaultPort(kind));
    return { kind, host: received, port, numeric: true };
  }
  return { kind, host: sentBy, port: sentByPort, numeric: sentByNumeric };
}

/**
 * Where the response to a request received over `flow` goes when that is elsewhere than back by the flow; `undefined` for
 * nearly all requests. `via` is stamped.
 */
export function detourTarget(
  via: Via,
  flow: { readonly kind: TransportKind; readonly remote: Endpoint },
): ResponseTarget | undefined {
  if (flow.kind !== "udp") return undefined;
  const { remote } = flow;
  if (via.maddr === undefined) {
    // RFC 3581 §4: only `rport` permits the source port; without it §18.2.2 asks for the port of sent-by.
    if (via.rport !== undefined || (via.port ?? 5060) === remote.port) return undefined;
  }
  const target = responseTarget(via);
  // A name would have to be looked up for whoever writes one. A group is for requests that came by multicast, and none do.
  if (target?.kind !== "udp" || !target.numeric || target.port === 0 || isMulticast(target.host)) return undefined;
  // A deliberate deviation: nobody outside makes this host write to itself.
  return via.maddr !== undefined && meansThisHost(target.host) && !isLoopback(remote.address) ? undefined : target;
}

/** Loopback, unspecified, and the IPv6 addresses that have an IPv4 address in them. */
export function meansThisHost(address: string): boolean {
  if (address.includes(":"))
    return (
      ipv6Groups(address)
        ?.slice(0, 5)
        .every((group) => group === 0) === true
    );
  const first = Number.parseInt(address, 10);
  return first === 127 || first === 0;
}

function isMulticast(host: string): boolean {
  const first = Number.parseInt(host, 10);
  return host.includes(":") ? /^ff/i.test(host) : first >= 224 && first < 240;
}
