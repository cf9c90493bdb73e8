/** The addresses of this host, and which of them the kernel would send from. */

import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";

export type AddressFamily = 4 | 6;

/** Of a numeric address: only IPv6 has colons. Asked for every request that is forwarded. */
export function familyOf(address: string): AddressFamily {
  return address.includes(":") ? 6 : 4;
}

/** Addresses of all interfaces, loopback included. IPv6 link-local ones are left out: they mean nothing without their zone. */
export function ownAddresses(family: AddressFamily): string[] {
  const addresses: string[] = [];
  for (const entries of Object.values(networkInterfaces())) {
    for (const entry of entries ?? []) {
      if ((entry.family === "IPv6") !== (family === 6)) continue;
      if (family === 6 && entry.address.toLowerCase().startsWith("fe80:")) continue;
      if (!addresses.includes(entry.address)) addresses.push(entry.address);
    }
  }
  return addresses;
}

/** For `dgram`: the address is numeric already, so nothing goes through DNS or waits a tick. */
export function numericLookup(
  address: string,
  family: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, address, family === 6 ? 6 : 4);
}

/** Remembers, for some seconds, which address of ours the kernel's routes choose for a destination. */
export class SourceAddresses {
  readonly #known = new Map<string, string | undefined>();
  readonly #limit: number;
  readonly #ask: (address: string) => string | undefined;

  constructor(ask: (address: string) => string | undefined = askKernel, limit = 4096) {
    this.#ask = ask;
    this.#limit = limit;
  }

  /** `undefined` when there is no route. */
  towards(address: string): string | undefined {
    const known = this.#known.get(address);
    if (known !== undefined || this.#known.has(address)) return known;
    if (this.#known.size >= this.#limit) this.#known.clear();
    const source = this.#ask(address);
    this.#known.set(address, source);
    return source;
  }

  /** Routes may have changed. */
  forget(): void {
    this.#known.clear();
  }
}

/** Connecting a UDP socket sends nothing and makes the kernel choose a source address; all of it is synchronous. */
function askKernel(address: string): string | undefined {
  const v6 = familyOf(address) === 6;
  const socket = createSocket({ type: v6 ? "udp6" : "udp4", lookup: numericLookup as never });
  let source: string | undefined;
  socket.on("error", () => {});
  try {
    socket.bind(0, v6 ? "::" : "0.0.0.0");
    socket.connect(9, address, () => {});
    const found = socket.address().address;
    source = found === "0.0.0.0" || found === "::" ? undefined : found;
  } catch {
    source = undefined;
  }
  try {
    socket.close();
  } catch {
    // Never bound.
  }
  return source;
}
