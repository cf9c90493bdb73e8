/** The Transport of one host of the virtual network. Same contract as the real ones; no framing, no TLS. */

import type { Clock } from "@trapezoid/base";
import {
  createCounters,
  type Endpoint,
  type Flow,
  type Listener,
  type ListenOptions,
  type ListenUri,
  type Target,
  type Transport,
  type TransportCounters,
  type TransportHandler,
  type TransportKind,
  transportErrors,
} from "@trapezoid/sip/transport";
import { type FlowHost, type Links, VirtualConnection, VirtualUdpFlow } from "./virtual-flow.ts";

/** What a host needs of its network. */
export interface HostNetwork extends Links {
  readonly clock: Clock;
  readonly conditions: { readonly delayMs: number };
  hostAt(address: string): VirtualTransport | undefined;
}

export interface VirtualTransportOptions {
  /** The host's one address: `10.0.0.1`. */
  readonly address: string;
  /** May be set later: `transport.handler = layer`. */
  readonly handler?: TransportHandler;
  /** Further names for `isLocal`: `proxy.example.com`. */
  readonly aliases?: readonly string[];
  /** What its peers see as proven by certificate on `tls` and `wss`. */
  readonly certificateNames?: readonly string[];
}

interface Socket {
  readonly endpoint: Endpoint;
  readonly kind: TransportKind;
  readonly advertised: { readonly host: string; readonly port: number };
  readonly flows: Map<string, VirtualUdpFlow>;
}

export class VirtualTransport implements Transport, FlowHost {
  readonly network: HostNetwork;
  readonly address: string;
  readonly counters: TransportCounters = createCounters();
  handler: TransportHandler | undefined;
  readonly #aliases: ReadonlySet<string>;
  readonly #certificateNames: readonly string[];
  readonly #datagramSockets = new Map<number, Socket>();
  readonly #streamSockets = new Map<number, Socket>();
  readonly #connections = new Map<string, VirtualConnection>();
  readonly #onClosed: () => void;
  #nextPort = 49_152;
  #nextConnection = 1;

  constructor(network: HostNetwork, options: VirtualTransportOptions, onClosed: () => void) {
    this.network = network;
    this.address = options.address;
    this.handler = options.handler;
    this.#aliases = new Set(options.aliases ?? []);
    this.#certificateNames = options.certificateNames ?? [];
    this.#onClosed = onClosed;
  }

  async listen(uri: ListenUri, options: ListenOptions = {}): Promise<Listener> {
    return this.listenNow(uri.kind, uri.port, options);
  }

  /** As `listen`, at once: a virtual port needs no waiting. */
  listenNow(kind: TransportKind, port = 5060, options: ListenOptions = {}): Listener {
    const endpoint: Endpoint = { address: this.address, port: port === 0 ? this.#nextPort++ : port };
    const sockets = kind === "udp" ? this.#datagramSockets : this.#streamSockets;
    if (sockets.has(endpoint.port)) {
      throw transportErrors.addressInUse(`${kind}://${this.address}:${endpoint.port}`);
    }
    const [host = this.address, advertisedPort] = options.advertise?.split(":") ?? [];
    const advertised = { host, port: advertisedPort === undefined ? endpoint.port : Number(advertisedPort) };
    sockets.set(endpoint.port, { endpoint, kind, advertised, flows: new Map() });
    return {
      kind,
      endpoints: [endpoint],
      uri: { kind, host: this.address, port: endpoint.port },
      close: async () => {
        sockets.delete(endpoint.port);
      },
    };
  }

  flowTo(target: Target, from?: Flow): Flow | Promise<Flow> {
    if (target.kind === "udp") return this.udpFlow(target, from);
    return this.#openConnection(target) ?? this.#connect(target);
  }

  /** A UDP flow, typed so that tests need no check; opens a socket where there is none. */
  udpFlow(remote: Endpoint, from?: Flow): VirtualUdpFlow {
    const preferred = from === undefined ? undefined : this.#datagramSockets.get(from.local.port);
    let socket = preferred ?? this.#datagramSockets.values().next().value;
    if (socket === undefined) {
      this.listenNow("udp", 0);
      socket = this.#datagramSockets.values().next().value!;
    }
    return this.#flowOf(socket, remote);
  }

  /** A connection that is there at once, for tests that do not wait. Undefined when nobody listens. */
  connectNow(target: Target): VirtualConnection | undefined {
    const open = this.#openConnection(target);
    if (open !== undefined) return open;
    const host = this.network.hostAt(target.address);
    if (host === undefined || this.network.hostAt(this.address) === undefined) return undefined;
    const socket = host.#streamSockets.get(target.port);
    if (socket === undefined || socket.kind !== target.kind) return undefined;
    const local: Endpoint = { address: this.address, port: this.#nextPort++ };
    const ours = this.#addConnection(
      target.kind,
      local,
      socket.endpoint,
      this.#advertisedFor(target.kind, local),
      host,
    );
    ours.peer = host.#addConnection(target.kind, socket.endpoint, local, socket.advertised, this);
    ours.peer.peer = ours;
    return ours;
  }

  flowById(id: string): Flow | undefined {
    if (!id.startsWith("u")) return this.#connections.get(id);
    const [localPort, address, port] = id.slice(1).split("/");
    const socket = this.#datagramSockets.get(Number(localPort));
    if (socket === undefined || address === undefined) return undefined;
    return this.#flowOf(socket, { address, port: Number(port) });
  }

  isLocal(host: string, port: number | undefined): boolean {
    for (const sockets of [this.#datagramSockets, this.#streamSockets]) {
      for (const { endpoint, advertised, kind } of sockets.values()) {
        const standard = kind === "tls" || kind === "wss" ? 5061 : 5060;
        const named = host === endpoint.address || this.#aliases.has(host);
        if (named && (port ?? standard) === endpoint.port) return true;
        if (host === advertised.host && (port ?? standard) === advertised.port) return true;
      }
    }
    return false;
  }

  /** Connections open at this host. */
  get connections(): readonly VirtualConnection[] {
    return [...this.#connections.values()];
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.close();
    this.#datagramSockets.clear();
    this.#streamSockets.clear();
    this.#onClosed();
  }

  /** @internal */
  hasSocket(port: number): boolean {
    return this.#datagramSockets.has(port);
  }

  /** @internal */
  receiveDatagram(port: number, from: Endpoint, text: string): void {
    const socket = this.#datagramSockets.get(port);
    if (socket !== undefined) this.receive(text, this.#flowOf(socket, from));
  }

  /** @internal */
  receive(text: string, flow: Flow): void {
    this.counters.received++;
    this.counters.receivedBytes += text.length;
    this.handler?.onMessage(text, flow);
  }

  /** @internal */
  sendError(error: Error, flow: Flow): void {
    this.handler?.onSendError?.(error, flow);
  }

  /** @internal */
  keepAliveAnswer(answer: "pong" | Uint8Array, flow: Flow): void {
    if (!flow.closed) this.handler?.onKeepAliveAnswer?.(answer, flow);
  }

  /** @internal */
  closed(flow: VirtualConnection): void {
    this.#connections.delete(flow.id);
    this.counters.connectionsClosed++;
    this.counters.connections--;
  }

  async #connect(target: Target): Promise<Flow> {
    const { clock, conditions } = this.network;
    await new Promise<void>((resolve) => clock.after(conditions.delayMs, resolve));
    const connection = this.connectNow(target);
    if (connection !== undefined) return connection;
    throw transportErrors.connectRefused(`${target.kind}://${target.address}:${target.port}`);
  }

  #openConnection(target: Target): VirtualConnection | undefined {
    for (const connection of this.#connections.values()) {
      const { kind, remote } = connection;
      if (kind === target.kind && remote.address === target.address && remote.port === target.port) return connection;
    }
    return undefined;
  }

  #addConnection(
    kind: TransportKind,
    local: Endpoint,
    remote: Endpoint,
    advertised: { readonly host: string; readonly port: number },
    peer: VirtualTransport,
  ): VirtualConnection {
    const id = `00${this.address}-${this.#nextConnection++}`;
    const peerNames = kind === "tls" || kind === "wss" ? peer.#certificateNames : [];
    const connection = new VirtualConnection(this, { kind, local, remote, advertised, id, peerNames });
    this.#connections.set(id, connection);
    this.counters.connectionsOpened++;
    this.counters.connections++;
    return connection;
  }

  #advertisedFor(kind: TransportKind, local: Endpoint): { readonly host: string; readonly port: number } {
    for (const socket of this.#streamSockets.values()) if (socket.kind === kind) return socket.advertised;
    return { host: local.address, port: local.port };
  }

  #flowOf(socket: Socket, remote: Endpoint): VirtualUdpFlow {
    const id = `u${socket.endpoint.port}/${remote.address}/${remote.port}`;
    let flow = socket.flows.get(id);
    if (flow === undefined) {
      const { address, port } = remote;
      const { endpoint: local, advertised } = socket;
      flow = new VirtualUdpFlow(this, { kind: "udp", local, remote: { address, port }, advertised, id });
      socket.flows.set(id, flow);
    }
    return flow;
  }
}
