/** What is looked up: the parts of a URI, or of a Via, that decide where a message goes. RFC 3263 §4 (TARGET) and §5. */

import { isIpv4, unbracket } from "../message/host.ts";
import { getParam } from "../message/params.ts";
import { formatUri, isSipUri } from "../message/uri.ts";
import type { Uri, Via } from "../message/values.ts";
import type { TransportKind } from "../transport/contract.ts";
import { noTransport, notSip } from "./errors.ts";
import { kindOfParam, services } from "./service.ts";

export interface Query {
  /** SIPS: nothing but TLS will do. */
  readonly secure: boolean;
  /** The transport, where something names it or there is no choice. */
  readonly kind: TransportKind | undefined;
  /** TARGET: lower case, without trailing dot or brackets. */
  readonly host: string;
  /** Whether TARGET is an address. */
  readonly numeric: boolean;
  readonly port: number | undefined;
  /** The domain that a certificate must prove: the host of the URI, whatever DNS says (RFC 5922 §7.2). */
  readonly serverName: string;
}

/** @throws TrapezoidError `SIP_LOCATE_NOT_SIP`, `SIP_LOCATE_NO_TRANSPORT`. */
export function queryOfUri(uri: Uri, transports: readonly TransportKind[]): Query {
  if (!isSipUri(uri)) throw notSip(formatUri(uri));
  const secure = uri.scheme === "sips";
  const serverName = hostName(uri.host);
  let host = serverName;
  let transport: string | undefined;
  if (uri.params.length > 0) {
    const maddr = getParam(uri.params, "maddr");
    if (maddr !== undefined) host = hostName(maddr);
    // `transport=` with nothing behind it, which sloppy peers write, names none.
    transport = getParam(uri.params, "transport")?.toLowerCase() || undefined;
  }
  const numeric = isNumeric(host);
  let kind: TransportKind | undefined;
  if (transport !== undefined) {
    // RFC 3263 §4.1: a transport parameter decides.
    kind = kindOfParam(secure, transport);
    if (kind === undefined || !transports.includes(kind)) {
      throw noTransport(uri.host, secure ? `TLS over ${transport}` : transport, transports);
    }
  } else if (numeric || uri.port !== undefined) {
    // RFC 3263 §4.1: an address or a port without a transport means UDP, for SIPS TLS over TCP.
    kind = defaultKind(secure, transports);
    if (kind === undefined) throw noTransport(uri.host, secure ? "TLS" : "SIP without TLS", transports);
  } else if (defaultKind(secure, transports) === undefined) {
    throw noTransport(uri.host, secure ? "TLS" : "SIP", transports);
  }
  return { secure, kind, host, numeric, port: uri.port, serverName };
}

/** @throws TrapezoidError `SIP_LOCATE_NO_TRANSPORT`. */
export function queryOfSentBy(
  via: Pick<Via, "transport" | "host" | "port">,
  transports: readonly TransportKind[],
): Query {
  const kind = kindOfParam(false, via.transport.toLowerCase());
  if (kind === undefined || !transports.includes(kind)) throw noTransport(via.host, via.transport, transports);
  const host = hostName(via.host);
  return { secure: services[kind].secure, kind, host, numeric: isNumeric(host), port: via.port, serverName: host };
}

/** UDP where we have it, else the first that we have; for SIPS the first with TLS. */
export function defaultKind(secure: boolean, transports: readonly TransportKind[]): TransportKind | undefined {
  if (!secure && transports.includes("udp")) return "udp";
  if (secure && transports.includes("tls")) return "tls";
  return transports.find((kind) => !secure || services[kind].secure);
}

function hostName(host: string): string {
  const name = unbracket(host.endsWith(".") ? host.slice(0, -1) : host);
  return name.toLowerCase();
}

function isNumeric(host: string): boolean {
  return host.includes(":") || isIpv4(host);
}
