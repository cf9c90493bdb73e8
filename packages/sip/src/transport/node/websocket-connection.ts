/** A WebSocket connection: one SIP message a frame, pinged when silent. RFC 7118 §5, §6, RFC 6455. */

import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";
import { charClass, TOKEN } from "../../message/lexer.ts";
import { Connection, type ConnectionParts } from "./connection.ts";
import type { TransportCore } from "./core.ts";
import { FrameFollower } from "./frame-follower.ts";

const pongOctets = Uint8Array.of(13, 10);

export class WebSocketConnection extends Connection {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #follower = new FrameFollower();
  #pingedAt = 0;
  #error: Error | undefined;

  /** `socket` is what the WebSocket runs over. */
  constructor(core: TransportCore, parts: ConnectionParts, ws: WebSocket, socket: Socket) {
    super(core, parts);
    this.#ws = ws;
    this.#socket = socket;
    ws.on("message", this.#onFrame);
    ws.on("ping", () => this.#onPing());
    ws.on("pong", () => this.#onPong());
    ws.on("error", (error) => this.#onError(error));
    ws.on("close", () => this.ended(this.#error));
    // After the listener of ws: what a piece completed has been told by then.
    socket.on("data", this.#onPiece);
    socket.on("drain", () => this.drained());
    this.schedule();
  }

  protected override get queuedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  protected override get writtenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  protected override write(message: string | Uint8Array): void {
    const octets = typeof message === "string" ? Buffer.from(message, "latin1") : message;
    // RFC 7118 §5: text frames where the octets are UTF-8, as browsers' stacks expect; binary ones for what is not.
    this.#ws.send(octets, { binary: !isUtf8(octets) });
  }

  protected override read(on: boolean): void {
    if (on) this.#ws.resume();
    else this.#ws.pause();
  }

  protected override end(): void {
    this.#ws.close(1000);
  }

  protected override destroy(): void {
    this.#ws.terminate();
  }

  protected override probeIn(now: number): number {
    const { webSocketPingMs } = this.core.timeouts;
    return Math.max(this.deadlines.receivedAt, this.#pingedAt) + webSocketPingMs - now;
  }

  protected override probe(now: number): boolean {
    const { webSocketPingMs } = this.core.timeouts;
    const { receivedAt } = this.deadlines;
    if (now - receivedAt < webSocketPingMs) return true;
    if (this.#pingedAt > receivedAt) return now - this.#pingedAt < webSocketPingMs;
    this.#pingedAt = now;
    this.#ws.ping();
    return true;
  }

  readonly #onFrame = (data: RawData): void => {
    // With the default binaryType a frame, text or binary, comes as one Buffer of its octets: text frames are UTF-8 on the wire.
    const octets = data as Buffer;
    this.touch(octets.length);
    if (this.closed) return;
    let start = 0;
    while (start < octets.length && (octets[start] === 13 || octets[start] === 10)) start++;
    if (start === octets.length) {
      this.keptAlive();
      // RFC 7118 §6, RFC 5626 §4.4.1: a double CRLF is a ping, to be answered with a single one.
      if (start === 4) this.send(pongOctets);
      else if (start === 2) this.core.handler.onKeepAliveAnswer?.("pong", this);
      return;
    }
    if ((charClass[octets[start]!]! & TOKEN) === 0) {
      this.garbage("not-sip");
      return;
    }
    this.deliver(octets.toString("latin1", start));
  };

  readonly #onPiece = (octets: Uint8Array): void => {
    if (this.closed) return;
    const { deadlines } = this;
    const wasPending = this.#follower.isPending;
    const wasWhole = this.#follower.push(octets);
    if (!this.#follower.isPending) deadlines.partialSince = 0;
    else if (!wasPending || wasWhole) {
      deadlines.partialSince = this.core.wheel.now();
      this.schedule();
    }
  };

  /** ws has answered it; a ping is a sign of life, but no use of the connection. */
  #onPing(): void {
    this.deadlines.receivedAt = this.core.wheel.now();
    this.keptAlive();
  }

  /** To our ping, or to none: pongs that nobody asked for cost as much as pings. */
  #onPong(): void {
    const { deadlines } = this;
    const answers = this.#pingedAt > deadlines.receivedAt;
    deadlines.receivedAt = this.core.wheel.now();
    if (!answers) this.keptAlive();
  }

  #onError(error: Error): void {
    this.#error = error;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "WS_ERR_TOO_MANY_BUFFERED_PARTS") this.core.counters.connectionsCut.webSocketPieces++;
    if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") this.garbage("too-large");
    else if (code.startsWith("WS_ERR_")) this.garbage("bad-framing");
  }
}
