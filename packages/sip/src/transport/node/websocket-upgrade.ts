/** The server's side of the WebSocket handshake. RFC 7118 §4.1, RFC 6455 §4.2. */

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { TransportCore } from "./core.ts";
import type { TransportLimits, WebSocketSettings } from "./options.ts";

export class WebSocketUpgrade {
  readonly #core: TransportCore;
  readonly #settings: WebSocketSettings;
  /** Made for these limits. */
  #limits: TransportLimits | undefined;
  #server: WebSocketServer | undefined;

  constructor(core: TransportCore, settings: WebSocketSettings) {
    this.#core = core;
    this.#settings = settings;
  }

  /** Answers the request with 101 and calls `done`, or refuses it. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, done: (ws: WebSocket) => void): void {
    if (!offersSip(request.headers["sec-websocket-protocol"])) {
      // RFC 7118 §4.1: the client MUST offer "sip", and a server of SIP has nothing else to speak.
      this.refuse(socket, 400, "Bad Request", "offer the WebSocket subprotocol sip (RFC 7118)");
      return;
    }
    if (this.#settings.allowOrigin?.(request.headers.origin, request) === false) {
      this.refuse(socket, 403, "Forbidden", "this origin may not connect");
      return;
    }
    this.#serverNow().handleUpgrade(request, socket, head, done);
  }

  #serverNow(): WebSocketServer {
    const { limits } = this.#core;
    if (this.#server !== undefined && this.#limits === limits) return this.#server;
    this.#limits = limits;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Compression costs more memory per connection than the connection, and SIP messages are small.
      perMessageDeflate: false,
      ...frameLimits(this.#core),
      handleProtocols: () => "sip",
    });
    return this.#server;
  }

  refuse(socket: Duplex, status: number, reason: string, text: string): void {
    this.#core.counters.connectionsRefused.upgrade++;
    socket.on("error", () => {});
    socket.once("finish", () => socket.destroy());
    socket.end(
      `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    );
  }
}

/** What ws bounds for us: octets of a message, its fragments, and the pieces that a frame comes in. */
export function frameLimits({ limits }: TransportCore) {
  return {
    maxPayload: limits.headerBytes + limits.bodyBytes,
    maxFragments: limits.webSocketPieces,
    maxBufferedChunks: limits.webSocketPieces,
  };
}

function offersSip(protocols: string | undefined): boolean {
  return (protocols ?? "").split(",").some((protocol) => protocol.trim() === "sip");
}
