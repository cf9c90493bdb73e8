/** What can be set about a transport, with its defaults. Every limit has a name, a default and a counter. */

import type { IncomingMessage } from "node:http";
import type { Clock, TimerWheel } from "@trapezoid/base";
import type { Admission, TransportHandler } from "../contract.ts";
import type { TlsSettings } from "./tls-settings.ts";

export interface TransportOptions {
  readonly handler: TransportHandler;
  /** Who may be heard at all. Default: everybody. */
  readonly admission?: Admission;
  /** 0 to 1295: two base-36 digits that begin every connection's id. Default 0. */
  readonly workerId?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** For all timers; default: a wheel of its own on `clock`, with ticks of 100 ms. */
  readonly wheel?: TimerWheel;
  readonly limits?: Partial<TransportLimits>;
  readonly timeouts?: Partial<TransportTimeouts>;
  /** Certificates and whom to trust; needed for `tls` and `wss` listeners. */
  readonly tls?: TlsSettings;
  readonly webSocket?: WebSocketSettings;
  /** Whoever uses the transport calls `flow.vouch()` for peers that it knows: all others make room for new ones. Default false. */
  readonly vouching?: boolean;
  /** Receive buffer of each UDP socket, as far as the kernel grants it (`net.core.rmem_max`). Default 4 MiB. */
  readonly recvBufferBytes?: number;
  /** Names that mean this host, with any of its ports or none (`sip.example.com`), or with one port only (`sip.example.com:5070`). */
  readonly aliases?: readonly string[];
}

export interface TransportLimits {
  /** Start line and header fields of one message on a stream. Default 32,768. */
  readonly headerBytes: number;
  /** Body of one message on a stream. Default 65,536. */
  readonly bodyBytes: number;
  /** One datagram. Default 65,535: what UDP can carry. */
  readonly datagramBytes: number;
  /** A STUN message on the SIP port. Default 1,280: what every IPv6 path carries (RFC 8489 §6.1). */
  readonly stunBytes: number;
  /** Open connections, those under way included. Default 100,000. */
  readonly connections: number;
  /** Connections that one address, or one IPv6 network of 64 bits, may open to us. Default 1,000 (a NAT may hide a whole company). */
  readonly connectionsPerAddress: number;
  /** TLS and WebSocket handshakes of peers under way. Default 2,000. */
  readonly handshakes: number;
  /** The same from one address or network. Default 200. */
  readonly handshakesPerAddress: number;
  /** Octets waiting to be sent on one connection; beyond, `send` returns false. Default 1 MiB. */
  readonly maxQueueBytes: number;
  /** Octets waiting to be sent on one connection, beyond which it is not read until they have left. Default 65,536, at least that. */
  readonly pauseBytes: number;
  /** CRLFs and WebSocket pings of one connection. Default 120; RFC 5626 §4.4.1 has one every 95 seconds or less often. */
  readonly keepAlivesPerMinute: number;
  /** Fragments of one WebSocket message, and pieces that one frame may come in: each costs more than its octets. Default 512. */
  readonly webSocketPieces: number;
}

export interface TransportTimeouts {
  /** A connection that we open must be usable, TLS and WebSocket handshakes included. Default 5 s. */
  readonly connectMs: number;
  /** A peer's TLS and WebSocket handshakes must be done. Default 10 s. */
  readonly handshakeMs: number;
  /** From a peer's connecting, or its last keep-alive, to its first whole and valid message. Default 30 s. */
  readonly firstMessageMs: number;
  /** From the first octet of a message on a stream, or of a WebSocket frame, to its last. Default 10 s. */
  readonly messageMs: number;
  /** Time for what waits to be sent to leave: a peer must take that much. Default 30 s. */
  readonly stalledMs: number;
  /** Nothing sent or received on a connection that a peer opened. Default 1 h. */
  readonly inboundIdleMs: number;
  /** The same on a connection that we opened. Default 5 min. */
  readonly outboundIdleMs: number;
  /** Silence after which TCP's own keep-alive probes start. Default 2 min. */
  readonly tcpKeepAliveMs: number;
  /** Silence after which a WebSocket peer is pinged; no answer within the same time ends it. Default 30 s. */
  readonly webSocketPingMs: number;
  /** Time for queued octets, and for answers to what came before a broken message, to leave when a connection is closed. Default 1 s. */
  readonly closeMs: number;
  /** How often the interfaces are looked at for wildcard UDP listeners. Default 5 s. */
  readonly interfacePollMs: number;
}

export interface WebSocketSettings {
  /** Whether a page of this `Origin` (undefined: no browser) may connect. Default: any; digest authentication protects accounts. */
  readonly allowOrigin?: (origin: string | undefined, request: IncomingMessage) => boolean;
  /** The path that we connect to as a client; default `/` (RFC 7118 §7). */
  readonly clientPath?: string;
}

export const defaultLimits: TransportLimits = {
  headerBytes: 32_768,
  bodyBytes: 65_536,
  datagramBytes: 65_535,
  stunBytes: 1_280,
  connections: 100_000,
  connectionsPerAddress: 1_000,
  handshakes: 2_000,
  handshakesPerAddress: 200,
  maxQueueBytes: 1_048_576,
  pauseBytes: 65_536,
  keepAlivesPerMinute: 120,
  webSocketPieces: 512,
};

export const defaultTimeouts: TransportTimeouts = {
  connectMs: 5_000,
  handshakeMs: 10_000,
  firstMessageMs: 30_000,
  messageMs: 10_000,
  stalledMs: 30_000,
  inboundIdleMs: 3_600_000,
  outboundIdleMs: 300_000,
  tcpKeepAliveMs: 120_000,
  webSocketPingMs: 30_000,
  closeMs: 1_000,
  interfacePollMs: 5_000,
};

export const defaultRecvBufferBytes = 4_194_304;
