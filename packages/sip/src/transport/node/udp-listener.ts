/** A listening UDP address: one socket, or one per interface address for a wildcard, following the interfaces. */

import type { Endpoint, Listener, ListenUri } from "../contract.ts";
import { isWildcard } from "../host-port.ts";
import { listenError } from "./listen-error.ts";
import type { UdpSocket } from "./udp-socket.ts";

/** How often another free port is tried when port 0 was asked for on several addresses. */
const portAttempts = 20;

export interface UdpListenerParts {
  /** Rejects with what the system says. */
  readonly open: (address: string, port: number) => Promise<UdpSocket>;
  /** The addresses of this host now. */
  readonly addresses: () => readonly string[];
  /** Sockets came or went, or the listener closed. */
  readonly onChange: () => void;
}

export class UdpListener implements Listener {
  readonly kind = "udp";
  readonly advertise: string | undefined;
  readonly #asked: ListenUri;
  readonly #parts: UdpListenerParts;
  readonly #sockets = new Map<string, UdpSocket>();
  #closed = false;
  #refreshing = false;
  #port: number;

  constructor(uri: ListenUri, advertise: string | undefined, parts: UdpListenerParts) {
    this.#asked = uri;
    this.advertise = advertise;
    this.#parts = parts;
    this.#port = uri.port;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get uri(): ListenUri {
    return { kind: "udp", host: this.#asked.host, port: this.#port };
  }

  get sockets(): Iterable<UdpSocket> {
    return this.#sockets.values();
  }

  get endpoints(): readonly Endpoint[] {
    return [...this.#sockets.values()].map((socket) => socket.local);
  }

  get isWildcard(): boolean {
    return isWildcard(this.#asked.host);
  }

  /** Opens every socket or none. */
  async start(): Promise<void> {
    const attempts = this.#asked.port === 0 && this.isWildcard ? portAttempts : 1;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#openAll();
        return;
      } catch (cause) {
        await this.#closeAll();
        this.#port = this.#asked.port;
        const taken = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
        if (!taken || attempt === attempts) throw listenError(cause, this.#asked);
      }
    }
  }

  /** Opens sockets for addresses that appeared and closes those whose address is gone. */
  async refresh(): Promise<void> {
    if (!this.isWildcard || this.#closed || this.#refreshing) return;
    this.#refreshing = true;
    const current = this.#parts.addresses();
    let changed = false;
    for (const [address, socket] of this.#sockets) {
      if (current.includes(address)) continue;
      this.#sockets.delete(address);
      changed = true;
      await socket.close();
    }
    for (const address of current) {
      if (this.#sockets.has(address)) continue;
      try {
        const socket = await this.#parts.open(address, this.#port);
        if (this.#closed) await socket.close();
        else {
          this.#sockets.set(address, socket);
          changed = true;
        }
      } catch {
        // A tentative IPv6 address cannot be bound yet: the next look at the interfaces tries again.
      }
    }
    this.#refreshing = false;
    if (changed && !this.#closed) this.#parts.onChange();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#closeAll();
    this.#parts.onChange();
  }

  async #openAll(): Promise<void> {
    const { host } = this.#asked;
    const addresses = this.isWildcard ? this.#parts.addresses() : [host];
    let refused: unknown = Object.assign(new Error("no interface has an address of this family"), {
      code: "EADDRNOTAVAIL",
    });
    for (const address of addresses) {
      try {
        const socket = await this.#parts.open(address, this.#port);
        this.#sockets.set(address, socket);
        this.#port = socket.local.port;
      } catch (cause) {
        const isTentative = this.isWildcard && (cause as NodeJS.ErrnoException).code === "EADDRNOTAVAIL";
        if (!isTentative) throw cause;
        refused = cause;
      }
    }
    if (this.#sockets.size === 0) throw refused;
  }

  async #closeAll(): Promise<void> {
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    await Promise.all(sockets.map((socket) => socket.close()));
  }
}
