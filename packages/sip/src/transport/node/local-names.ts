/** Whether a host and port in a URI mean this transport: by address, host name, advertised name or alias. RFC 3261 §16.4, §16.12. */

import { hostname } from "node:os";
import { hostKey, isIpAddress } from "../../message/host.ts";
import type { Endpoint } from "../contract.ts";
import { isLoopback, parseHostPort } from "../host-port.ts";

export interface LocalListener {
  readonly endpoints: readonly Endpoint[];
  /** The listener's `advertise` option. */
  readonly advertise: string | undefined;
}

export class LocalNames {
  /** Addresses, `localhost`, and names given with a port: with those ports alone. */
  readonly #exact = new Map<string, Set<number>>();
  /** Names that mean us with any of our ports, or none. */
  readonly #names = new Set<string>();
  readonly #ports = new Set<number>();
  readonly #aliases: readonly string[];

  /** Throws `TypeError` for an alias that is no host or host:port. */
  constructor(aliases: readonly string[]) {
    this.#aliases = [hostname(), ...aliases].filter((alias) => alias !== "");
    for (const alias of aliases) {
      const parsed = parseHostPort(alias);
      if (!parsed.ok) throw new TypeError(`aliases: ${parsed.error.message}`);
    }
  }

  /** The listeners there are now. */
  update(listeners: Iterable<LocalListener>): void {
    this.#exact.clear();
    this.#names.clear();
    this.#ports.clear();
    for (const { endpoints, advertise } of listeners) {
      for (const { address, port } of endpoints) {
        this.#add(hostKey(address), port);
        if (isLoopback(address)) this.#add("localhost", port);
        if (advertise !== undefined) this.#addName(advertise, port);
      }
    }
    for (const alias of this.#aliases) this.#addName(alias, undefined);
  }

  /** `port` undefined: what the scheme or SRV would choose. */
  isLocal(host: string, port: number | undefined): boolean {
    const name = hostKey(host);
    const ports = this.#exact.get(name);
    // An address without a port is an address with the scheme's port, which need not be ours.
    if (ports !== undefined && (port === undefined ? ports.has(5060) || ports.has(5061) : ports.has(port))) return true;
    return this.#names.has(name) && (port === undefined || this.#ports.has(port));
  }

  #addName(text: string, listenPort: number | undefined): void {
    const parsed = parseHostPort(text);
    if (!parsed.ok) return;
    const { host, port } = parsed.value;
    const name = hostKey(host);
    const isAddress = isIpAddress(host);
    if (port !== undefined) this.#add(name, port);
    else if (isAddress && listenPort !== undefined) this.#add(name, listenPort);
    else if (isAddress) for (const own of this.#ports) this.#add(name, own);
    if (!isAddress && (port === undefined || listenPort !== undefined)) this.#names.add(name);
  }

  #add(host: string, port: number): void {
    this.#ports.add(port);
    const ports = this.#exact.get(host);
    if (ports === undefined) this.#exact.set(host, new Set([port]));
    else ports.add(port);
  }
}
