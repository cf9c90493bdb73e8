/** Makes flows of sockets: those that peers open and those that we open, with reuse. RFC 3261 §18, RFC 5923, RFC 7118. */

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { WebSocket } from "ws";
import type { Endpoint, Flow, Target, TransportKind } from "../contract.ts";
import { connectionLost, denied, tooManyConnections, transportClosed } from "../errors.ts";
import { isLoopback } from "../host-port.ts";
import type { Advertised } from "./advertise.ts";
import { type Connecting, connectStream } from "./connect.ts";
import { connectWebSocket } from "./connect-websocket.ts";
import type { Connection, ConnectionParts } from "./connection.ts";
import { ConnectionTable } from "./connection-table.ts";
import type { TransportCore } from "./core.ts";
import { familyOf } from "./interfaces.ts";
import type { WebSocketSettings } from "./options.ts";
import { peerNamesOf } from "./peer-names.ts";
import type { Place } from "./place.ts";
import { Places } from "./places.ts";
import { localEndpoint, plainAddress, remoteEndpoint } from "./socket-endpoints.ts";
import { StreamConnection } from "./stream-connection.ts";
import type { StreamAcceptor, StreamListener } from "./stream-listener.ts";
import type { TlsContexts } from "./tls-contexts.ts";
import { WebSocketConnection } from "./websocket-connection.ts";
import { WebSocketUpgrade } from "./websocket-upgrade.ts";

const none: readonly string[] = Object.freeze([]);

export class Connections implements StreamAcceptor {
  readonly #core: TransportCore;
  readonly #table: ConnectionTable;
  readonly #places: Places;
  readonly #upgrade: WebSocketUpgrade;
  readonly #clientPath: string;
  /** What a connection that we open advertises. */
  readonly #advertised: (kind: TransportKind, local: Endpoint) => Advertised;
  /** Connections under way, so that two requests to one peer share one. */
  readonly #pending = new Map<string, Promise<Flow>>();
  readonly #abort = new AbortController();
  /** For connections that we open. */
  contexts: TlsContexts;

  constructor(
    core: TransportCore,
    workerId: number,
    webSocket: WebSocketSettings,
    contexts: TlsContexts,
    advertised: (kind: TransportKind, local: Endpoint) => Advertised,
    vouching: boolean,
  ) {
    this.#core = core;
    this.#table = new ConnectionTable(workerId);
    this.#places = new Places(core, vouching);
    this.#upgrade = new WebSocketUpgrade(core, webSocket);
    this.#clientPath = webSocket.clientPath ?? "/";
    this.#advertised = advertised;
    this.contexts = contexts;
  }

  byId(id: string): Connection | undefined {
    return this.#table.byId(id);
  }

  /** RFC 5923 §8.2, §9.2: of TLS connections that peers opened, and whose peer has proved a name. */
  alias(id: string, port: number): void {
    const connection = this.#table.byId(id);
    if (connection === undefined || !connection.inbound || connection.kind !== "tls") return;
    if (connection.peerNames.length > 0) this.#table.alias(connection, port);
  }

  flowTo(target: Target, from: Flow | undefined): Flow | Promise<Flow> {
    const open = this.#table.find(target);
    if (open !== undefined) return open;
    const key = `${target.kind} ${target.address} ${target.port} ${target.serverName ?? ""}`;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    if (!this.#places.takeOurs()) return Promise.reject(tooManyConnections(this.#core.limits.connections));
    const opening = this.#open(target, from).then(
      (connection) => {
        this.#pending.delete(key);
        return connection;
      },
      (error: unknown) => {
        this.#pending.delete(key);
        this.#places.releaseOurs();
        throw error;
      },
    );
    this.#pending.set(key, opening);
    return opening;
  }

  hears(socket: Socket): boolean {
    const { admission, counters } = this.#core;
    if (admission === undefined || admission(plainAddress(socket.remoteAddress ?? ""), "connection")) return true;
    counters.deniedConnections++;
    return false;
  }

  /** Ends connections of peers that may no longer be heard. */
  closeDenied(): void {
    const { admission } = this.#core;
    if (admission === undefined) return;
    for (const connection of this.#table.all) {
      if (connection.inbound && !admission(connection.remote.address, "connection")) connection.fail(denied());
    }
  }

  admit(socket: Socket, listener: object, shakes: boolean): boolean {
    return !this.#abort.signal.aborted && this.#places.take(socket, listener, shakes) !== undefined;
  }

  settled(socket: Socket): void {
    this.#places.settle(socket);
  }

  closeHandshakes(listener: object): void {
    this.#places.closeHandshakes(listener);
  }

  onStream(socket: Socket, listener: StreamListener): void {
    const place = this.#places.settle(socket);
    this.#adoptStream(socket, listener.kind, listener.advertised, { place });
  }

  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, listener: StreamListener): void {
    const place = this.#places.settle(request.socket);
    this.#upgrade.handle(request, socket, head, (ws) => {
      const { kind, advertised } = listener;
      this.#adoptWebSocket(ws, request.socket, kind, advertised, { place, indirect: isIndirect(request) });
    });
  }

  /** An upgrade that came to somebody else's HTTP server. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    advertised: (local: Endpoint) => Advertised,
  ): void {
    const tcp = request.socket;
    if (!this.hears(tcp)) {
      socket.destroy();
      return;
    }
    // Taken already where the server is watched.
    const place = this.#places.settle(tcp) ?? this.#take(tcp);
    if (place === undefined) {
      this.#upgrade.refuse(socket, 503, "Service Unavailable", "too many connections");
      return;
    }
    this.#upgrade.handle(request, socket, head, (ws) => {
      const kind = tcp instanceof TLSSocket ? "wss" : "ws";
      this.#adoptWebSocket(ws, tcp, kind, advertised, { place, indirect: isIndirect(request) });
    });
  }

  /** A connection of a watched HTTP server has had its first request: it is none of ours, but counted. */
  served(socket: Socket): void {
    const place = this.#places.settle(socket);
    if (place !== undefined) this.#places.prove(place);
  }

  /** The connections of an HTTP server are counted no more, but for those that have become ours. */
  unwatch(server: object): void {
    this.#places.forget(server);
  }

  refuse(socket: Duplex, status: number, reason: string, text: string): void {
    this.#upgrade.refuse(socket, status, reason, text);
  }

  /** Resolves when the last socket is closed. */
  async close(): Promise<void> {
    this.#abort.abort(transportClosed());
    for (const connection of this.#table.all) connection.close();
    await this.#places.whenEmpty();
  }

  #take(socket: Socket): Place | undefined {
    return this.#abort.signal.aborted ? undefined : this.#places.take(socket, this, false);
  }

  #open(target: Target, from: Flow | undefined): Promise<Connection> {
    const connecting: Connecting = {
      core: this.#core,
      target,
      contexts: this.contexts,
      localAddress: localAddressFor(target, from),
      signal: this.#abort.signal,
    };
    const { kind } = target;
    if (kind === "ws" || kind === "wss") {
      return connectWebSocket(connecting, this.#clientPath, (ws, socket) => {
        socket.once("close", () => this.#places.releaseOurs());
        return this.#adoptWebSocket(ws, socket, kind, (local) => this.#advertised(kind, local), { target });
      });
    }
    return connectStream(connecting, (socket) => {
      socket.once("close", () => this.#places.releaseOurs());
      return this.#adoptStream(socket, kind, (local) => this.#advertised(kind, local), { target });
    });
  }

  #adoptStream(
    socket: Socket,
    kind: TransportKind,
    advertised: (local: Endpoint) => Advertised,
    opening: Opening = {},
  ): Connection {
    const connection = new StreamConnection(this.#core, this.#parts(socket, kind, advertised, opening), socket);
    return this.#adopted(connection, opening.place);
  }

  #adoptWebSocket(
    ws: WebSocket,
    socket: Socket,
    kind: TransportKind,
    advertised: (local: Endpoint) => Advertised,
    opening: Opening = {},
  ): Connection {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, this.#core.timeouts.tcpKeepAliveMs);
    const connection = new WebSocketConnection(this.#core, this.#parts(socket, kind, advertised, opening), ws, socket);
    return this.#adopted(connection, opening.place);
  }

  #adopted<T extends Connection>(connection: T, place: Place | undefined): T {
    this.#table.add(connection);
    place?.adopt(() => connection.fail(connectionLost("it made room for another")));
    return connection;
  }

  #parts(
    socket: Socket,
    kind: TransportKind,
    advertised: (local: Endpoint) => Advertised,
    { target, place, indirect = false }: Opening,
  ): ConnectionParts {
    const local = localEndpoint(socket);
    return {
      kind,
      id: this.#table.nextId(),
      local,
      remote: target === undefined ? remoteEndpoint(socket) : { address: target.address, port: target.port },
      advertised: advertised(local),
      inbound: target === undefined,
      peerNames: socket instanceof TLSSocket ? peerNamesOf(socket) : none,
      indirect,
      serverName: target?.serverName,
      alias: target?.kind === "tls" && this.contexts.clientFor(target.serverName ?? target.address).isKnown,
      onProven: () => void (place !== undefined && this.#places.prove(place)),
      onVouched: () => place?.vouch(),
      onGone: (connection) => this.#table.remove(connection),
    };
  }
}

/** How a connection came about. */
interface Opening {
  /** Given for connections that we opened. */
  readonly target?: Target;
  /** Given for those that peers opened. */
  readonly place?: Place | undefined;
  readonly indirect?: boolean;
}

function isIndirect({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers.forwarded !== undefined || headers["x-forwarded-for"] !== undefined;
}

/** The preferred flow's address, where it can reach the target. */
function localAddressFor(target: Target, from: Flow | undefined): string | undefined {
  if (from === undefined) return undefined;
  const { address } = from.local;
  const fits = familyOf(address) === familyOf(target.address) && isLoopback(address) === isLoopback(target.address);
  return fits ? address : undefined;
}
