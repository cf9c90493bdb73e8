/** The Transport contract: what the layers above know of UDP, TCP, TLS, WS and WSS. RFC 3261 §18, RFC 7118, RFC 5626. */

export type TransportKind = "udp" | "tcp" | "tls" | "ws" | "wss";

/** An address of this host or of a peer. IPv6 without brackets. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * A way back to a peer: a UDP socket of ours with the peer's address, or a connection. Replies leave by the flow their
 * request came on; bindings are reached by the flow they registered on.
 */
export interface Flow {
  readonly kind: TransportKind;
  /** TCP, TLS, WS, WSS. */
  readonly reliable: boolean;
  /** TLS, WSS. */
  readonly secure: boolean;
  /** The address of ours that the packet came to or leaves from; never a wildcard. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /**
   * The host and port that others should see in Via, Record-Route and Contact, as they are written there (IPv6 in
   * brackets): the listener's `advertise`, else `local`; for a connection that we opened, those of our listener of its kind.
   */
  readonly advertised: { readonly host: string; readonly port: number };
  /**
   * Names the flow in tokens and in the store. UDP: derived from socket and peer, so it outlives a restart (`u` + listener
   * address and peer); connections: worker number and a counter with a random start, never used again.
   */
  readonly id: string;
  readonly closed: boolean;
  /** Names the peer proved by certificate (RFC 5922 §7.1: URI SANs of sip:, else DNS SANs, else CN); empty when none. */
  readonly peerNames: readonly string[];
  /**
   * A WebSocket connection that a web page opened (its browser sent `Origin`), or that an HTTP proxy passed on (`Forwarded`,
   * `X-Forwarded-For`): neither remote address nor certificate say who is behind it.
   */
  readonly indirect?: boolean;
  /** A TLS connection that we opened and showed our certificate on: its peer may send requests back on it if our Via says so (RFC 5923 §8.1). */
  readonly alias?: boolean;
  /**
   * Sends one whole message (latin1 text) or keep-alive octets. Returns false when the flow is closed or its queue is full
   * (`maxQueueBytes`); UDP send errors arrive later, at the transport's `onSendError`.
   */
  send(message: string | Uint8Array): boolean;
  /** Called once when the connection ends; never for UDP. Disposing forgets the listener. */
  onClose(listener: () => void): Disposable;
  close(): void;
  /**
   * Says that the peer is known: it has proved an account, or is trusted. Where `vouching` is on, connections of peers that are
   * not make room when there is no more, once those are gone that have proved nothing at all. Connections of Node only.
   */
  vouch?(): void;
}

/** Where to send: the outcome of RFC 3263. */
export interface Target {
  readonly kind: TransportKind;
  readonly address: string;
  readonly port: number;
  /** The domain that the peer's certificate must prove (RFC 5922 §7.2), for tls and wss. */
  readonly serverName?: string;
}

/** A listening address: `udp://0.0.0.0:5060`, `tls://[::]:5061`. */
export interface ListenUri {
  readonly kind: TransportKind;
  readonly host: string;
  /** 0 asks for a free port. */
  readonly port: number;
}

/** What the transport hands up. `text` is one whole message, framing done, Via not yet touched. */
export interface TransportHandler {
  onMessage(text: string, flow: Flow): void;
  /** A datagram or stream that is not SIP, too large or badly framed; already counted. */
  /**
   * `head`: the message up to its body, where a stream's framing broke there; a request can then be answered 400 (§18.3). Where its
   * header fields are too large it is without the empty line that ends them.
   */
  onGarbage?(reason: GarbageReason, flow: Flow, head?: string): void;
  /** A UDP send failed (ICMP unreachable and the like), or a connection ended with an error while data was queued. */
  onSendError?(error: Error, flow: Flow): void;
  /**
   * A keep-alive of ours may have been answered (RFC 5626 §4.4): a single CRLF came on a connection (`pong`), or a STUN message that is no
   * request in a datagram, as its octets.
   */
  onKeepAliveAnswer?(answer: "pong" | Uint8Array, flow: Flow): void;
}

/**
 * Who may be heard at all, by the source address alone: asked for each datagram before its octets are read, and for each
 * connection as it is accepted. What is refused is dropped without a word. It must cost next to nothing and never throw.
 *
 * @param address As the system writes it, without brackets; a link-local one with its zone.
 */
export type Admission = (address: string, kind: "datagram" | "connection") => boolean;

export type GarbageReason = "not-sip" | "too-large" | "bad-framing" | "incomplete";

export interface Listener {
  readonly kind: TransportKind;
  /** The real addresses, one per interface for a wildcard. */
  readonly endpoints: readonly Endpoint[];
  readonly uri: ListenUri;
  close(): Promise<void>;
}

/** Everything that moves SIP octets in one thread. Node's is `openTransport` in `transport/node`. */
export interface Transport {
  listen(uri: ListenUri, options?: ListenOptions): Promise<Listener>;
  /**
   * A flow to `target`: at once for UDP and for a connection that is already open (reuse, RFC 3261 §18.1.1 and RFC 5923),
   * otherwise a promise of a new connection that rejects with a transport error. `from` prefers the local socket of that flow.
   */
  flowTo(target: Target, from?: Flow): Flow | Promise<Flow>;
  /** The live flow with this id, or (UDP) the one it describes, or `undefined` when its connection is gone. */
  flowById(id: string): Flow | undefined;
  /** Whether host and port (undefined: default of the scheme) are one of our listeners, by address, advertised name or alias. */
  isLocal(host: string, port: number | undefined): boolean;
  readonly counters: TransportCounters;
  close(): Promise<void>;
}

export interface ListenOptions {
  /** What others should see instead of the local address: `sip.example.com`, `203.0.113.5:5060`. */
  readonly advertise?: string;
  /** Share the port with other threads. */
  readonly reusePort?: boolean;
}

/** Plain numbers, read at scrape. */
export interface TransportCounters {
  received: number;
  sent: number;
  receivedBytes: number;
  sentBytes: number;
  garbage: Record<GarbageReason, number>;
  keepAlives: number;
  sendErrors: number;
  queueFull: number;
  connectionsOpened: number;
  connectionsClosed: number;
  /** Turned away before they could be used, by what was against them. */
  connectionsRefused: Record<RefusedReason, number>;
  /** Ended by us, by the limit that they met. */
  connectionsCut: Record<CutReason, number>;
  /** Connections whose peer is not read for a while, because it does not take what waits for it. */
  readsPaused: number;
  /** Refused by the `admission`, unread. */
  deniedDatagrams: number;
  deniedConnections: number;
  /** Now open. */
  connections: number;
  /** TLS and WebSocket handshakes of peers, now under way. */
  handshakes: number;
  /** Connections of peers that have brought no whole SIP message yet, handshakes included. They are the first to go. */
  unproven: number;
}

/** `handshake`: not done, for what the peer did; `upgrade`: refused in words; `accept`: by the system; else a limit's name. */
export type RefusedReason = "connections" | "connectionsPerAddress" | "handshake" | "upgrade" | "accept";

/** Named after limits. Those that count connections end the oldest that has proved nothing, to make room for another. */
export type CutReason =
  | "connections"
  | "connectionsPerAddress"
  | "handshakes"
  | "handshakesPerAddress"
  | "handshakeMs"
  | "connectMs"
  | "firstMessageMs"
  | "messageMs"
  | "inboundIdleMs"
  | "outboundIdleMs"
  | "stalledMs"
  | "keepAlivesPerMinute"
  | "webSocketPingMs"
  | "webSocketPieces";
