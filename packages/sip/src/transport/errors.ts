/** What can fail in a transport, each with its stable code. */

import { define, type ErrorDefinition, TrapezoidError } from "@trapezoid/base";

type Text = ErrorDefinition<readonly [text: string]>;
type TextAndMs = ErrorDefinition<readonly [text: string, ms: number]>;

/** `uri` is what was to be listened on: `udp://127.0.0.1:5060`. */
export const addressInUse: Text = define(
  "SIP_TP_ADDRESS_IN_USE",
  (uri: string) => `${uri} is taken by another program; stop that one or listen on another port`,
);

export const portForbidden: Text = define(
  "SIP_TP_PORT_FORBIDDEN",
  (uri: string) => `not allowed to listen on ${uri}; ports below 1024 need CAP_NET_BIND_SERVICE, so use a higher one`,
);

export const addressNotOurs: Text = define(
  "SIP_TP_ADDRESS_NOT_OURS",
  (uri: string) => `${uri} names no address of this host; listen on one of its own, or on 0.0.0.0 or [::] for all`,
);

export const listenFailed: ErrorDefinition<readonly [uri: string, why: string]> = define(
  "SIP_TP_LISTEN_FAILED",
  (uri: string, why: string) => `cannot listen on ${uri}: ${why}`,
);

/** `family` is IPv4 or IPv6. */
export const noUdpSocket: Text = define(
  "SIP_TP_NO_UDP_SOCKET",
  (family: string) =>
    `no ${family} UDP socket to send from; listen on ${family === "IPv6" ? "udp://[::]:5060" : "udp://0.0.0.0:5060"}`,
);

export const datagramTooLong: ErrorDefinition<readonly [bytes: number]> = define(
  "SIP_TP_DATAGRAM_TOO_LONG",
  (bytes: number) => `a message of ${bytes} octets does not fit a UDP datagram; send it over TCP`,
);

export const sendFailed: ErrorDefinition<readonly [to: string, why: string]> = define(
  "SIP_TP_SEND_FAILED",
  (to: string, why: string) => `sending to ${to} failed: ${why}`,
);

export const connectRefused: Text = define(
  "SIP_TP_CONNECT_REFUSED",
  (to: string) => `${to} refused the connection; nothing listens there`,
);

export const connectTimeout: TextAndMs = define(
  "SIP_TP_CONNECT_TIMEOUT",
  (to: string, ms: number) => `no connection to ${to} within ${ms} ms; the host is down or a firewall drops packets`,
);

export const connectFailed: ErrorDefinition<readonly [to: string, why: string]> = define(
  "SIP_TP_CONNECT_FAILED",
  (to: string, why: string) => `cannot connect to ${to}: ${why}`,
);

export const tooManyConnections: ErrorDefinition<readonly [limit: number]> = define(
  "SIP_TP_TOO_MANY_CONNECTIONS",
  (limit: number) => `the limit of ${limit} connections is reached; raise limits.connections or close some`,
);

/** `limit`: its name. */
export const limitReached: Text = define(
  "SIP_TP_LIMIT_REACHED",
  (limit: string) => `the connection was ended by the limit ${limit}; if its peer means well, raise limits.${limit}`,
);

/** RFC 5922 §7.3. */
export const identityMismatch: ErrorDefinition<readonly [wanted: string, found: readonly string[]]> = define(
  "SIP_TP_IDENTITY_MISMATCH",
  (wanted: string, found: readonly string[]) =>
    `the certificate does not prove "${wanted}": it names ${found.length === 0 ? "no SIP domain" : found.join(", ")} (RFC 5922 §7)`,
);

export const certificateRejected: ErrorDefinition<readonly [to: string, why: string]> = define(
  "SIP_TP_CERTIFICATE_REJECTED",
  (to: string, why: string) =>
    `the certificate of ${to} is not trusted: ${why}; add its authority to the CA list if it should be`,
);

export const tlsSettingsInvalid: Text = define(
  "SIP_TP_TLS_SETTINGS_INVALID",
  (why: string) => `the TLS certificate or key cannot be used: ${why}`,
);

export const tlsNotConfigured: Text = define(
  "SIP_TP_TLS_NOT_CONFIGURED",
  (uri: string) => `${uri} needs a certificate; give "tls" a cert and a key`,
);

export const connectionLost: Text = define("SIP_TP_CONNECTION_LOST", (why: string) => `the connection broke: ${why}`);

export const denied: ErrorDefinition<readonly []> = define(
  "SIP_TP_DENIED",
  () => "the peer's address may no longer be heard",
);

export const transportClosed: ErrorDefinition<readonly []> = define(
  "SIP_TP_CLOSED",
  () => "the transport is closed and opens nothing more",
);

export const unsupportedTransport: ErrorDefinition<readonly [kind: string, where: string]> = define(
  "SIP_TP_UNSUPPORTED",
  (kind: string, where: string) => `${kind} is not available ${where}`,
);

export { TrapezoidError as TransportError };
