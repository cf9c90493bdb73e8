/** A flow over a browser's WebSocket. RFC 7118 §5. */

import type { Endpoint, Flow, TransportCounters, TransportHandler, TransportKind } from "../contract.ts";
import { connectionLost } from "../errors.ts";
import { frameToText, octetsToText, textToFrame, textToOctets } from "../octets.ts";

export interface WebSocketFlowParts {
  readonly kind: Extract<TransportKind, "ws" | "wss">;
  readonly id: string;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly peerNames: readonly string[];
  readonly maxQueueBytes: number;
  readonly handler: TransportHandler;
  readonly counters: TransportCounters;
  readonly onGone: (flow: WebSocketFlow) => void;
}

export class WebSocketFlow implements Flow {
  readonly kind: Extract<TransportKind, "ws" | "wss">;
  readonly reliable = true;
  readonly id: string;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly peerNames: readonly string[];
  readonly #parts: WebSocketFlowParts;
  readonly #ws: WebSocket;
  readonly #listeners = new Set<() => void>();
  #closed = false;

  /** `ws` is open, its binaryType "arraybuffer". */
  constructor(parts: WebSocketFlowParts, ws: WebSocket) {
    this.kind = parts.kind;
    this.id = parts.id;
    this.local = parts.local;
    this.remote = parts.remote;
    this.peerNames = parts.peerNames;
    this.#parts = parts;
    this.#ws = ws;
    parts.counters.connectionsOpened++;
    parts.counters.connections++;
    ws.onmessage = (event) => this.#onFrame(event.data as string | ArrayBuffer);
    ws.onclose = () => this.#gone(true);
  }

  get secure(): boolean {
    return this.kind === "wss";
  }

  get advertised(): { readonly host: string; readonly port: number } {
    return { host: this.local.address, port: this.local.port };
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(message: string | Uint8Array): boolean {
    const { counters, maxQueueBytes } = this.#parts;
    if (this.#closed || this.#ws.readyState !== 1) return false;
    const queued = this.#ws.bufferedAmount;
    if (queued > 0 && queued + message.length > maxQueueBytes) {
      counters.queueFull++;
      return false;
    }
    const text = typeof message === "string" ? message : octetsToText(message);
    this.#ws.send(textToFrame(text) ?? textToOctets(text));
    if (typeof message === "string") counters.sent++;
    counters.sentBytes += message.length;
    return true;
  }

  onClose(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  close(): void {
    this.#gone(false);
    this.#ws.close(1000);
  }

  #onFrame(data: string | ArrayBuffer): void {
    if (this.#closed) return;
    const { counters, handler } = this.#parts;
    const octets = typeof data === "string" ? frameToText(data) : octetsToText(new Uint8Array(data));
    counters.receivedBytes += octets.length;
    const text = octets.replace(/^[\r\n]+/, "");
    if (text === "") {
      counters.keepAlives++;
      // RFC 5626 §4.4.1: a double CRLF is a ping.
      if (octets.length === 4) this.send("\r\n");
      else if (octets.length === 2) handler.onKeepAliveAnswer?.("pong", this);
      return;
    }
    counters.received++;
    handler.onMessage(text, this);
  }

  #gone(lost: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    const { counters, handler, onGone } = this.#parts;
    counters.connectionsClosed++;
    counters.connections--;
    onGone(this);
    for (const listener of [...this.#listeners]) listener();
    this.#listeners.clear();
    if (lost && this.#ws.bufferedAmount > 0) {
      counters.sendErrors++;
      handler.onSendError?.(connectionLost("the WebSocket was closed"), this);
    }
  }
}
