/** The Transport of browsers: connections to one SIP server over WebSocket. RFC 7118. */

import { type Clock, systemClock } from "@trapezoid/base";
import type { Flow, Listener, ListenUri, Target, Transport, TransportCounters, TransportHandler } from "../contract.ts";
import { createCounters } from "../counters.ts";
import { connectFailed, connectTimeout, transportClosed, unsupportedTransport } from "../errors.ts";
import { WebSocketFlow } from "./websocket-flow.ts";

export interface WebSocketTransportOptions {
  readonly handler: TransportHandler;
  /** The server that every request goes through, whatever its target: `wss://sip.example.com/sip`. */
  readonly url: string;
  /** Default: the global one. */
  readonly WebSocket?: new (
    url: string,
    protocols: string[],
  ) => WebSocket;
  readonly clock?: Clock;
  /** Default 5 s. */
  readonly connectMs?: number;
  /** Octets waiting to be sent; beyond, `send` returns false. Default 1 MiB. */
  readonly maxQueueBytes?: number;
}

/** Opens nothing yet; `flowTo` does. Throws `TypeError` when `url` is no WebSocket URL. */
export function openWebSocketTransport(options: WebSocketTransportOptions): WebSocketTransport {
  return new WebSocketTransport(options);
}

export class WebSocketTransport implements Transport, AsyncDisposable {
  readonly counters: TransportCounters = createCounters();
  /** RFC 7118 §5.2: a browser does not know its address, so a random name under `.invalid` stands for it in Via and Contact. */
  readonly host: string;
  readonly #options: WebSocketTransportOptions;
  readonly #url: URL;
  #flow: WebSocketFlow | undefined;
  #opening: Promise<Flow> | undefined;
  #connectionCount = 0;
  #closed = false;
  #abort: (() => void) | undefined;

  /** @internal Use `openWebSocketTransport`. */
  constructor(options: WebSocketTransportOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    if (this.#url.protocol !== "ws:" && this.#url.protocol !== "wss:") {
      throw new TypeError(`url must begin with ws:// or wss://, got ${options.url}`);
    }
    this.host = `${randomName()}.invalid`;
  }

  listen(uri: ListenUri): Promise<Listener> {
    return Promise.reject(unsupportedTransport(`listening on ${uri.kind}`, "in a browser"));
  }

  /** The connection to the server, at once when it is open. */
  flowTo(_target?: Target, _from?: Flow): Flow | Promise<Flow> {
    if (this.#closed) return Promise.reject(transportClosed());
    if (this.#flow !== undefined) return this.#flow;
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
      this.#abort = undefined;
    });
    return this.#opening;
  }

  flowById(id: string): Flow | undefined {
    return this.#flow?.id === id ? this.#flow : undefined;
  }

  isLocal(host: string): boolean {
    return host.toLowerCase() === this.host;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#abort?.();
    this.#flow?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connect(): Promise<Flow> {
    const { clock = systemClock, connectMs = 5_000, url } = this.#options;
    const Constructor = this.#options.WebSocket ?? WebSocket;
    return new Promise((resolve, reject) => {
      const ws = new Constructor(url, ["sip"]);
      ws.binaryType = "arraybuffer";
      const fail = (error: Error): void => {
        timer[Symbol.dispose]();
        ws.onopen = null;
        ws.onclose = null;
        ws.close();
        reject(error);
      };
      const timer = clock.after(connectMs, () => fail(connectTimeout(url, connectMs)));
      this.#abort = () => fail(transportClosed());
      // A browser tells no page why a WebSocket failed.
      ws.onerror = () => {};
      ws.onclose = (event) => fail(connectFailed(url, `the WebSocket was closed with code ${event.code}`));
      ws.onopen = () => {
        timer[Symbol.dispose]();
        if (ws.protocol !== "sip") fail(connectFailed(url, "the server does not speak SIP over WebSocket (RFC 7118)"));
        else resolve(this.#adopt(ws));
      };
    });
  }

  #adopt(ws: WebSocket): WebSocketFlow {
    const { handler, maxQueueBytes = 1_048_576 } = this.#options;
    const { hostname, port, protocol } = this.#url;
    const kind = protocol === "wss:" ? "wss" : "ws";
    const defaultPort = kind === "wss" ? 443 : 80;
    const address = hostname.replace(/^\[(.*)\]$/, "$1");
    const parts = {
      kind,
      id: `c00${randomName()}${(this.#connectionCount++).toString(36)}`,
      local: { address: this.host, port: defaultPort },
      remote: { address, port: port === "" ? defaultPort : Number(port) },
      // The browser has checked the certificate.
      peerNames: kind === "wss" ? [hostname] : [],
      maxQueueBytes,
      handler,
      counters: this.counters,
      onGone: (flow: WebSocketFlow) => {
        if (this.#flow === flow) this.#flow = undefined;
      },
    } as const;
    this.#flow = new WebSocketFlow(parts, ws);
    return this.#flow;
  }
}

/** 12 characters that nobody else draws. */
function randomName(): string {
  const octets = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(octets, (octet) => (octet % 36).toString(36)).join("");
}
