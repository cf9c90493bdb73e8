/** The open connections of a transport: by id, and by peer for reuse. RFC 3261 §18.1.1, RFC 5923. */

import { randomInt } from "node:crypto";
import type { Endpoint, Target, TransportKind } from "../contract.ts";
import type { Connection } from "./connection.ts";

export class ConnectionTable {
  readonly #prefix: string;
  #counter = randomInt(2 ** 40);
  readonly #byId = new Map<string, Connection>();
  /** The newest connection to a peer, whoever opened it. */
  readonly #byPeer = new Map<string, Connection>();
  /** Where else the peer of a connection may be reached by it (RFC 5923 §8.2); one place for each. */
  readonly #aliases = new Map<Connection, string>();
  /** The one that we opened to a peer for a certain domain. */
  readonly #byName = new Map<string, Connection>();

  constructor(workerId: number) {
    if (!Number.isInteger(workerId) || workerId < 0 || workerId >= 1296) {
      throw new TypeError(`workerId must be 0 to 1295, got ${workerId}`);
    }
    this.#prefix = `c${workerId.toString(36).padStart(2, "0")}`;
  }

  /** `c`, the worker's two digits, a counter with a random start: never used again, not even after a restart. */
  nextId(): string {
    return this.#prefix + (this.#counter++).toString(36);
  }

  get all(): Iterable<Connection> {
    return [...this.#byId.values()];
  }

  add(connection: Connection): void {
    this.#byId.set(connection.id, connection);
    this.#byPeer.set(peerKey(connection.kind, connection.remote), connection);
    if (connection.serverName !== undefined)
      this.#byName.set(nameKey(connection.kind, connection.remote, connection.serverName), connection);
  }

  remove(connection: Connection): void {
    this.#byId.delete(connection.id);
    const peer = peerKey(connection.kind, connection.remote);
    if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    this.#forgetAlias(connection);
    if (connection.serverName === undefined) return;
    const name = nameKey(connection.kind, connection.remote, connection.serverName);
    if (this.#byName.get(name) === connection) this.#byName.delete(name);
  }

  /** The peer listens on this port of its address, it says, and takes requests by its connection all the same. */
  alias(connection: Connection, port: number): void {
    const key = peerKey(connection.kind, { ...connection.remote, port });
    if (this.#aliases.get(connection) === key) return;
    this.#forgetAlias(connection);
    this.#aliases.set(connection, key);
    this.#byPeer.set(key, connection);
  }

  #forgetAlias(connection: Connection): void {
    const key = this.#aliases.get(connection);
    if (key === undefined) return;
    this.#aliases.delete(connection);
    if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
  }

  byId(id: string): Connection | undefined {
    return this.#byId.get(id);
  }

  /**
   * A connection that may carry a request to `target`. Peers are known by where they really are, never by what a Via says.
   * Where a domain must be proved, the peer must have proved it on this very connection (RFC 5923 §8.2, §9.3).
   */
  find(target: Target): Connection | undefined {
    const { kind, serverName } = target;
    const secure = kind === "tls" || kind === "wss";
    if (secure && serverName !== undefined) {
      const named = this.#byName.get(nameKey(kind, target, serverName));
      if (named !== undefined) return named;
    }
    const connection = this.#byPeer.get(peerKey(kind, target));
    if (connection === undefined || !secure || serverName === undefined) return connection;
    // An address is a name like others here: to come from it proves nothing, and no certificate of a client is read for it.
    return connection.peerNames.includes(serverName.toLowerCase()) ? connection : undefined;
  }
}

function peerKey(kind: TransportKind, remote: Endpoint): string {
  return `${kind} ${remote.address} ${remote.port}`;
}

function nameKey(kind: TransportKind, remote: Endpoint, serverName: string): string {
  return `${peerKey(kind, remote)} ${serverName.toLowerCase()}`;
}
