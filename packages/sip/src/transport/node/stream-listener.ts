/** A listening TCP, TLS, WS or WSS address. Connections come in as TCP and are handed through the layers that their kind has. */

import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { Endpoint, Listener, ListenOptions, ListenUri, TransportKind } from "../contract.ts";
import { tlsNotConfigured } from "../errors.ts";
import { formatListenUri, isWildcard } from "../host-port.ts";
import { type Advertised, advertiser } from "./advertise.ts";
import type { TransportCore } from "./core.ts";
import { familyOf, ownAddresses } from "./interfaces.ts";
import { listenError } from "./listen-error.ts";
import type { TlsContexts } from "./tls-contexts.ts";
import { isChallenge, tlsServerOptions } from "./tls-serving.ts";

/** What a listener does with connections; the transport's part. */
export interface StreamAcceptor {
  /** Whether the peer may be heard at all; counted when not. */
  hears(socket: Socket): boolean;
  /** Whether there is room; what is not admitted has been counted. `shakes`: a handshake comes before what follows. */
  admit(socket: Socket, listener: object, shakes: boolean): boolean;
  /** The handshake is done, and was all that the peer wanted. */
  settled(socket: Socket): void;
  /** Ends the handshakes that are under way at this listener. */
  closeHandshakes(listener: object): void;
  /** A TCP or TLS connection, its handshake done. */
  onStream(socket: Socket, listener: StreamListener): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, listener: StreamListener): void;
}

export class StreamListener implements Listener {
  readonly kind: Exclude<TransportKind, "udp">;
  readonly advertise: string | undefined;
  /** What flows of this listener advertise. */
  readonly advertised: (local: Endpoint) => Advertised;
  readonly #core: TransportCore;
  readonly #asked: ListenUri;
  readonly #acceptor: StreamAcceptor;
  readonly #server: TcpServer;
  readonly #http: HttpServer | undefined;
  readonly #onClosed: () => void;
  #tls: TlsServer | undefined;
  #port = 0;
  #closed = false;

  constructor(
    core: TransportCore,
    uri: ListenUri & { readonly kind: Exclude<TransportKind, "udp"> },
    advertise: string | undefined,
    contexts: TlsContexts | undefined,
    acceptor: StreamAcceptor,
    onClosed: () => void,
  ) {
    this.kind = uri.kind;
    this.advertise = advertise;
    this.advertised = advertiser(advertise, uri.host);
    this.#core = core;
    this.#asked = uri;
    this.#acceptor = acceptor;
    this.#onClosed = onClosed;
    this.#server = createTcpServer({
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: core.timeouts.tcpKeepAliveMs,
    });
    this.#server.on("connection", (socket) => this.#onConnection(socket));
    this.#http = this.kind === "ws" || this.kind === "wss" ? this.#createHttp() : undefined;
    if (this.kind === "tls" || this.kind === "wss") this.reloadTls(contexts);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get uri(): ListenUri {
    return { kind: this.kind, host: this.#asked.host, port: this.#port };
  }

  get endpoints(): readonly Endpoint[] {
    const { host } = this.#asked;
    const addresses = isWildcard(host) ? ownAddresses(familyOf(host)) : [host];
    return addresses.map((address) => ({ address, port: this.#port }));
  }

  start(options: ListenOptions): Promise<void> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once("error", (cause) => reject(listenError(cause, this.#asked)));
      server.listen(
        {
          host: this.#asked.host,
          port: this.#asked.port,
          // An IPv6 wildcard is IPv6 alone, so that it can stand beside an IPv4 one on the same port.
          ipv6Only: true,
          exclusive: true,
          reusePort: options.reusePort === true,
        },
        () => {
          server.removeAllListeners("error");
          // An accept that fails (EMFILE) is one connection refused.
          server.on("error", () => this.#core.counters.connectionsRefused.accept++);
          const address = server.address();
          if (address !== null && typeof address === "object") this.#port = address.port;
          resolve();
        },
      );
    });
  }

  /** New connections are made with these; the ones that are open go on. Throws when there is no certificate. */
  reloadTls(contexts: TlsContexts | undefined): void {
    if (this.kind !== "tls" && this.kind !== "wss") return;
    const listener = formatListenUri(this.#asked);
    if (contexts === undefined) throw tlsNotConfigured(listener);
    const protocols = this.kind === "wss" ? ["http/1.1"] : ["sip/2"];
    const { clientCertificates } = contexts.settings;
    const server = createTlsServer(tlsServerOptions(() => contexts, protocols, listener, clientCertificates));
    server.on("secureConnection", (socket) => this.#onSecure(socket));
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    this.#tls = server;
  }

  /** Stops listening; connections that are open go on. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#acceptor.closeHandshakes(this);
    // The server's own callback waits for every connection to end; new ones are refused at once.
    this.#server.close();
    this.#onClosed();
  }

  #onConnection(socket: Socket): void {
    if (!this.#acceptor.hears(socket)) {
      socket.destroy();
      return;
    }
    if (this.#closed || !this.#acceptor.admit(socket, this, this.kind !== "tcp")) {
      socket.destroy();
      return;
    }
    if (this.kind === "tcp") {
      this.#acceptor.onStream(socket, this);
      return;
    }
    socket.on("error", () => {});
    if (this.kind === "ws") this.#http!.emit("connection", socket);
    else this.#tls!.emit("connection", socket);
  }

  #onSecure(socket: TLSSocket): void {
    if (isChallenge(socket)) {
      this.#acceptor.settled(socket);
      socket.end();
      return;
    }
    if (this.kind === "wss") {
      this.#http!.emit("connection", socket);
      return;
    }
    this.#acceptor.onStream(socket, this);
  }

  #createHttp(): HttpServer {
    const server = createHttpServer((_request, response) => {
      response.writeHead(426, { Connection: "close", Upgrade: "websocket", "Content-Type": "text/plain" });
      response.end("SIP over WebSocket is spoken here (RFC 7118)");
    });
    server.on("clientError", (_error, socket) => socket.destroy());
    server.on("upgrade", (request, socket, head) => {
      this.#acceptor.onUpgrade(request, socket, head, this);
    });
    return server;
  }
}
