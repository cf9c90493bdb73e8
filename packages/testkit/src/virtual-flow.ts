/** Flows of the virtual network: a UDP-like one, and the two ends of a TCP-like connection. */

import type { Endpoint, Flow, TransportCounters, TransportKind } from "@trapezoid/sip/transport";
/** What flows need of the network that they send over. */
export interface Links {
  carry(run: () => void): void;
  isCut(from: Endpoint, to: Endpoint): boolean;
  sendDatagram(kind: TransportKind, from: Endpoint, to: Endpoint, text: string): "delivered" | "lost" | "refused";
  sendOnStream(connection: VirtualConnection, text: string): void;
  /** RFC 5626 §4.4: the other end answers one way's delay later, and the answer takes as long. */
  keepAlive(flow: VirtualFlow, octets: Uint8Array, answered: (answer: "pong" | Uint8Array) => void): void;
}

/** What a flow needs of the host it belongs to. */
export interface FlowHost {
  readonly network: Links;
  readonly counters: TransportCounters;
  receive(text: string, flow: Flow): void;
  sendError(error: Error, flow: Flow): void;
  keepAliveAnswer(answer: "pong" | Uint8Array, flow: Flow): void;
  closed(flow: VirtualConnection): void;
}

export interface FlowSettings {
  readonly kind: TransportKind;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly advertised: { readonly host: string; readonly port: number };
  readonly id: string;
  readonly peerNames?: readonly string[];
}

export abstract class VirtualFlow implements Flow {
  readonly kind: TransportKind;
  readonly reliable: boolean;
  readonly secure: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly advertised: { readonly host: string; readonly port: number };
  readonly id: string;
  readonly peerNames: readonly string[];
  protected readonly host: FlowHost;

  constructor(host: FlowHost, settings: FlowSettings) {
    this.host = host;
    this.kind = settings.kind;
    this.reliable = settings.kind !== "udp";
    this.secure = settings.kind === "tls" || settings.kind === "wss";
    this.local = settings.local;
    this.remote = settings.remote;
    this.advertised = settings.advertised;
    this.id = settings.id;
    this.peerNames = settings.peerNames ?? [];
  }

  abstract readonly closed: boolean;

  send(message: string | Uint8Array): boolean {
    if (this.closed) return false;
    const counters = this.host.counters;
    if (typeof message !== "string") {
      counters.keepAlives++;
      this.host.network.keepAlive(this, message, (answer) => this.host.keepAliveAnswer(answer, this));
      return true;
    }
    counters.sent++;
    counters.sentBytes += message.length;
    this.carry(message);
    return true;
  }

  protected abstract carry(text: string): void;
  abstract onClose(listener: () => void): Disposable;
  abstract close(): void;
}

/** Our socket and one peer. Never closes by itself. */
export class VirtualUdpFlow extends VirtualFlow {
  closed = false;

  protected override carry(text: string): void {
    const fate = this.host.network.sendDatagram(this.kind, this.local, this.remote, text);
    if (fate !== "refused") return;
    // As ICMP does it: later.
    this.host.network.carry(() => {
      this.host.counters.sendErrors++;
      this.host.sendError(new PortUnreachable(this.remote), this);
    });
  }

  override onClose(): Disposable {
    return { [Symbol.dispose]() {} };
  }

  override close(): void {}
}

/** One end of a connection. */
export class VirtualConnection extends VirtualFlow {
  /** The other end, while it is open. */
  peer: VirtualConnection | undefined = undefined;
  /** The test lets `send` refuse, as a full queue does. */
  queueFull = false;
  readonly #listeners = new Set<() => void>();
  #closed = false;

  override get closed(): boolean {
    return this.#closed;
  }

  override send(message: string | Uint8Array): boolean {
    if (this.queueFull) {
      this.host.counters.queueFull++;
      return false;
    }
    return super.send(message);
  }

  protected override carry(text: string): void {
    this.host.network.sendOnStream(this, text);
  }

  receive(text: string): void {
    if (!this.#closed) this.host.receive(text, this);
  }

  override onClose(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Leak check: who still waits for the end of this connection. */
  get closeListeners(): number {
    return this.#listeners.size;
  }

  /** The other end learns of it one delay later; what it sent meanwhile is lost. */
  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const peer = this.peer;
    this.peer = undefined;
    this.host.closed(this);
    for (const listener of [...this.#listeners]) listener();
    this.#listeners.clear();
    if (peer !== undefined && !this.host.network.isCut(this.local, this.remote)) {
      this.host.network.carry(() => {
        peer.peer = undefined;
        peer.close();
      });
    }
  }
}

class PortUnreachable extends Error {
  readonly code = "ECONNREFUSED";
  constructor(remote: Endpoint) {
    super(`nobody listens on ${remote.address}:${remote.port}`);
  }
}
