/** The two ends of a TCP socket, as flows name them. */

import type { AddressInfo, Socket } from "node:net";
import type { Endpoint } from "../contract.ts";
import { ownAddresses } from "./interfaces.ts";

export function localEndpoint(socket: Socket): Endpoint {
  return { address: plainAddress(socket.localAddress ?? ""), port: socket.localPort ?? 0 };
}

export function remoteEndpoint(socket: Socket): Endpoint {
  return { address: plainAddress(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
}

/** An IPv4 peer of an IPv6 socket is an IPv4 peer. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

/** The addresses that a listening server is reached at. */
export function listeningEndpoints(address: AddressInfo): Endpoint[] {
  if (address.address === "0.0.0.0") return ownAddresses(4).map((own) => ({ address: own, port: address.port }));
  // An IPv6 wildcard of Node's HTTP servers takes IPv4 too.
  if (address.address === "::")
    return [...ownAddresses(4), ...ownAddresses(6)].map((own) => ({ address: own, port: address.port }));
  return [{ address: plainAddress(address.address), port: address.port }];
}
