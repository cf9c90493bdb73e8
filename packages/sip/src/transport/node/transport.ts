/** The Transport of Node: UDP, TCP, TLS, WS and WSS in one thread. RFC 3261 §18, RFC 7118. */

import { lookup } from "node:dns/promises";
import type { IncomingMessage, Server } from "node:http";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { CallbackTimer, systemClock, TimerWheel } from "@trapezoid/base";
import { formatIp, parseIp } from "@trapezoid/stun";
import type {
  Endpoint,
  Flow,
  Listener,
  ListenOptions,
  ListenUri,
  Target,
  Transport,
  TransportCounters,
  TransportKind,
} from "../contract.ts";
import { createCounters } from "../counters.ts";
import { noUdpSocket, transportClosed } from "../errors.ts";
import { isWildcard } from "../host-port.ts";
import { type Advertised, advertiser } from "./advertise.ts";
import { Connections } from "./connections.ts";
import type { TransportCore } from "./core.ts";
import { attachUpgrades, watchConnections } from "./http-servers.ts";
import { familyOf, ownAddresses } from "./interfaces.ts";
import { listenError } from "./listen-error.ts";
import { LocalNames } from "./local-names.ts";
import { connectionsWithin, openFilesLimit } from "./open-files.ts";
import {
  defaultLimits,
  defaultRecvBufferBytes,
  defaultTimeouts,
  type TransportLimits,
  type TransportOptions,
} from "./options.ts";
import { SendSlab } from "./send-slab.ts";
import { listeningEndpoints } from "./socket-endpoints.ts";
import { StreamListener } from "./stream-listener.ts";
import { TlsContexts } from "./tls-contexts.ts";
import type { TlsSettings } from "./tls-settings.ts";
import { UdpListener } from "./udp-listener.ts";
import { openUdpSocket } from "./udp-socket.ts";
import { UdpSockets } from "./udp-sockets.ts";

export interface AttachOptions {
  /** As for `listen`. */
  readonly advertise?: string;
}

/** Opens nothing yet; `listen` and `flowTo` do. Throws when certificates or aliases cannot be used. */
export function openTransport(options: TransportOptions): NodeTransport {
  return new NodeTransport(options);
}

/** Between a change of the admission's mind and the end of connections. */
const closeDeniedMs = 100;

interface AttachedServer {
  readonly endpoints: readonly Endpoint[];
  readonly advertise: string | undefined;
}

export class NodeTransport implements Transport, AsyncDisposable {
  readonly counters: TransportCounters = createCounters();
  readonly #core: TransportCore;
  readonly #ownWheel: TimerWheel | undefined;
  readonly #recvBufferBytes: number;
  readonly #slab = new SendSlab();
  readonly #udp = new UdpSockets();
  readonly #connections: Connections;
  readonly #names: LocalNames;
  readonly #listeners = new Set<UdpListener | StreamListener>();
  readonly #attached = new Set<AttachedServer>();
  readonly #watched: Disposable[] = [];
  readonly #poll = new CallbackTimer(() => this.#onPoll());
  readonly #denying = new CallbackTimer(() => this.#connections.closeDenied());
  #contexts: TlsContexts;
  #closing: Promise<void> | undefined;

  /** @internal Use `openTransport`. */
  constructor(options: TransportOptions) {
    const wheel = options.wheel ?? new TimerWheel({ clock: options.clock ?? systemClock, tickMs: 100 });
    this.#ownWheel = options.wheel === undefined ? wheel : undefined;
    this.#core = {
      handler: options.handler,
      counters: this.counters,
      admission: options.admission,
      limits: effective({ ...defaultLimits, ...options.limits }),
      timeouts: { ...defaultTimeouts, ...options.timeouts },
      wheel,
    };
    this.#recvBufferBytes = options.recvBufferBytes ?? defaultRecvBufferBytes;
    this.#contexts = new TlsContexts(options.tls ?? {});
    this.#names = new LocalNames(options.aliases ?? []);
    this.#connections = new Connections(
      this.#core,
      options.workerId ?? 0,
      options.webSocket ?? {},
      this.#contexts,
      (kind, local) => this.#advertisedFor(kind, local),
      options.vouching === true,
    );
    this.#update();
  }

  /** Rejects with a transport error when the address is taken, forbidden or not ours. A host name stands for its first address. */
  async listen(uri: ListenUri, options: ListenOptions = {}): Promise<Listener> {
    if (this.#closing !== undefined) throw transportClosed();
    const host = await numericHost(uri);
    const listener =
      uri.kind === "udp"
        ? this.#udpListener({ ...uri, host }, options)
        : new StreamListener(
            this.#core,
            { kind: uri.kind, host, port: uri.port },
            options.advertise,
            this.#contexts,
            this.#connections,
            () => this.#forget(listener),
          );
    await listener.start(options);
    if (this.#closing !== undefined) {
      await listener.close();
      throw transportClosed();
    }
    this.#listeners.add(listener);
    this.#update();
    if (isWildcard(host) && !this.#poll.armed) this.#core.wheel.arm(this.#poll, this.#core.timeouts.interfacePollMs);
    return listener;
  }

  flowTo(target: Target, from?: Flow): Flow | Promise<Flow> {
    if (this.#closing !== undefined) return Promise.reject(transportClosed());
    const wanted = withCanonicalAddress(target);
    if (wanted.kind !== "udp") return this.#connections.flowTo(wanted, from);
    const flow = this.#udp.flowTo(wanted, from);
    return flow ?? Promise.reject(noUdpSocket(`IPv${familyOf(wanted.address)}`));
  }

  flowById(id: string): Flow | undefined {
    return id.charCodeAt(0) === 117 ? this.#udp.flowById(id) : this.#connections.byId(id);
  }

  /**
   * Requests to the peer of `flow` at `port` may go by it, if they are for a name that its certificate proved: the peer's Via
   * said `alias` (RFC 5923 §8.2). Nothing for a flow that is not TLS, not opened by its peer, or whose peer proved nothing.
   */
  alias(flow: Pick<Flow, "id">, port: number): void {
    this.#connections.alias(flow.id, port);
  }

  isLocal(host: string, port: number | undefined): boolean {
    return this.#names.isLocal(host, port);
  }

  /**
   * New certificates for every TLS and WSS listener and for connections that we open; what is open goes on with the old.
   * Throws, and changes nothing, when they cannot be used: then even the first listener does not take them.
   */
  reloadTls(settings: TlsSettings): void {
    const contexts = new TlsContexts(settings);
    const secure = [...this.#listeners].filter((one) => one.kind === "tls" || one.kind === "wss");
    for (const listener of secure) (listener as StreamListener).reloadTls(contexts);
    this.#contexts = contexts;
    this.#connections.contexts = contexts;
  }

  /** As they are in force: no more connections than the system has descriptors for. */
  get limits(): TransportLimits {
    return this.#core.limits;
  }

  /** New limits, those left out as they are. What is open keeps what it began with where it has begun: a message, a frame. */
  configure(options: Pick<TransportOptions, "limits" | "timeouts">): void {
    this.#core.limits = effective({ ...this.#core.limits, ...options.limits });
    this.#core.timeouts = { ...this.#core.timeouts, ...options.timeouts };
  }

  /**
   * Counts the connections of an HTTP or HTTPS server that hands upgrades over (`attachWebSocket`, `handleUpgrade`) among ours,
   * by the same limits. Until its first request is there, each is a handshake under way. Disposing, or closing the transport, counts them no more.
   */
  watchHttp(server: Server): Disposable {
    const watch = watchConnections(this.#connections, server);
    this.#watched.push(watch);
    return watch;
  }

  /**
   * SIP over WebSocket at `path` of an HTTP or HTTPS server, whose port then counts as ours. The server must listen
   * already. Disposing stops it; connections that are open go on.
   */
  attachWebSocket(server: Server, path: string, options: AttachOptions = {}): Disposable {
    const address = server.address();
    if (address === null || typeof address === "string") {
      throw new TypeError("attachWebSocket: the HTTP server must be listening on a TCP port");
    }
    const attached: AttachedServer = { endpoints: listeningEndpoints(address), advertise: options.advertise };
    this.#attached.add(attached);
    this.#update();
    const upgrades = attachUpgrades(this.#connections, server, path, advertiser(options.advertise, address.address));
    return {
      [Symbol.dispose]: () => {
        upgrades[Symbol.dispose]();
        if (this.#attached.delete(attached)) this.#update();
      },
    };
  }

  /** For servers that choose among upgrades themselves: everything that `attachWebSocket` does with one. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, options: AttachOptions = {}): void {
    this.#connections.handleUpgrade(request, socket, head, advertiser(options.advertise, ""));
  }

  /**
   * Asks the `admission` again about every connection that a peer opened, and ends those that it refuses: within a tenth of a
   * second, so that many changes of its mind are one walk over all connections.
   */
  closeDenied(): void {
    if (!this.#denying.armed && this.#closing === undefined) this.#core.wheel.arm(this.#denying, closeDeniedMs);
  }

  /**
   * How long the datagrams that are read now have waited in the kernel, at the socket where they wait longest; milliseconds, `undefined`
   * while that is not known. To be asked ten times a second or so. `isBusy`: since the last time this thread has always had something to
   * do. Then a datagram to each socket of ours is sent, behind all that waits; what is known comes of earlier ones.
   */
  queueAgeMs(isBusy: boolean): number | undefined {
    const now = (): number => this.#core.wheel.now();
    let oldest: number | undefined;
    for (const socket of this.#udp.sockets) {
      const age = socket.queueAgeMs(isBusy, now);
      if (age !== undefined && age > (oldest ?? -1)) oldest = age;
    }
    return oldest;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#core.wheel.cancel(this.#poll);
    this.#core.wheel.cancel(this.#denying);
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
    // What they hold is not ours to wait for.
    for (const watch of this.#watched) watch[Symbol.dispose]();
    await this.#connections.close();
    this.#ownWheel?.close();
  }

  #udpListener(uri: ListenUri, options: ListenOptions): UdpListener {
    const advertised = advertiser(options.advertise, uri.host);
    const open = (address: string, port: number) =>
      openUdpSocket({
        core: this.#core,
        slab: this.#slab,
        address,
        port,
        reusePort: options.reusePort === true,
        recvBufferBytes: this.#recvBufferBytes,
        advertised,
      });
    const addresses = () => ownAddresses(familyOf(uri.host));
    const onChange = () => this.#forget(listener);
    const listener: UdpListener = new UdpListener(uri, options.advertise, { open, addresses, onChange });
    return listener;
  }

  /** A listener is closed, or its sockets have changed. */
  #forget(listener: UdpListener | StreamListener): void {
    if (listener.closed) this.#listeners.delete(listener);
    this.#update();
  }

  #update(): void {
    this.#udp.update([...this.#listeners].flatMap((one) => (one instanceof UdpListener ? [...one.sockets] : [])));
    this.#names.update([...this.#listeners, ...this.#attached]);
  }

  /** The listener of the same kind, on the same address if there is one: peers may connect back to it (RFC 3261 §18.1.1). */
  #advertisedFor(kind: TransportKind, local: Endpoint): Advertised {
    let best: Advertised | undefined;
    for (const listener of this.#listeners) {
      if (!(listener instanceof StreamListener) || listener.kind !== kind) continue;
      const { host, port } = listener.uri;
      if (familyOf(host) !== familyOf(local.address)) continue;
      const advertised = listener.advertised({ address: isWildcard(host) ? local.address : host, port });
      if (isWildcard(host) || host === local.address) return advertised;
      best ??= advertised;
    }
    return best ?? advertiser(undefined, "")(local);
  }

  #onPoll(): void {
    if (this.#closing !== undefined) return;
    const wildcards = [...this.#listeners].filter((listener) => isWildcard(listener.uri.host));
    if (wildcards.length === 0) return;
    this.#core.wheel.arm(this.#poll, this.#core.timeouts.interfacePollMs);
    this.#udp.forgetRoutes();
    this.#names.update([...this.#listeners, ...this.#attached]);
    for (const listener of wildcards) if (listener instanceof UdpListener) void listener.refresh();
  }
}

function effective(limits: TransportLimits): TransportLimits {
  return { ...limits, connections: connectionsWithin(limits.connections, openFilesLimit()) };
}

async function numericHost(uri: ListenUri): Promise<string> {
  if (isIP(uri.host) !== 0) return uri.host;
  try {
    // IPv4 first: `localhost` is what people connect to as 127.0.0.1.
    const found = await lookup(uri.host, { order: "ipv4first" });
    return found.address;
  } catch (cause) {
    throw listenError(cause, uri);
  }
}

/** IPv6 as the system writes it, so that one peer has one connection however a URI spells it. */
function withCanonicalAddress(target: Target): Target {
  if (!target.address.includes(":")) return target;
  const ip = parseIp(target.address);
  return ip === undefined ? target : { ...target, address: formatIp(ip) };
}
