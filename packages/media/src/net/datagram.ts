/** A UDP socket as media uses it: a port that tests own. */

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { MediaAddress } from "../config.ts";

export type PacketHandler = (octets: Uint8Array, address: string, port: number) => void;

export interface DatagramSocket {
  readonly local: MediaAddress;
  /** Octets are taken over: the caller must not change them. Failures are passed over, never thrown. */
  send(octets: Uint8Array, port: number, address: string): void;
  close(): void;
}

/** Rejects with the system's error (`EADDRINUSE`) when the port is taken. */
export type BindSocket = (address: string, port: number, onPacket: PacketHandler) => Promise<DatagramSocket>;

/**
 * Packets that came in the same turn of the event loop, handled one after the other when all are there: in turns with the system calls
 * that bring them, each would find the processor's caches emptied.
 */
class Inbox {
  #packets: { readonly handler: PacketHandler; readonly octets: Uint8Array; readonly from: RemoteInfo }[] = [];

  put(handler: PacketHandler, octets: Uint8Array, from: RemoteInfo): void {
    if (this.#packets.push({ handler, octets, from }) === 1) setImmediate(this.#empty);
  }

  readonly #empty = (): void => {
    const packets = this.#packets;
    this.#packets = [];
    for (const { handler, octets, from } of packets) handler(octets, from.address, from.port);
  };
}

/** Enough for 250 ms of a hundred streams that come in a burst. */
const receiveBufferBytes = 262_144;

type Lookup = (
  host: string,
  options: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

/** Addresses are numbers here: without this each packet is looked at by the resolver. */
function noLookup(family: 4 | 6): Lookup {
  return (host, _options, done) => done(null, host, family);
}

/** One for all sockets of a thread, which share an inbox. */
export function createUdp(): BindSocket {
  const inbox = new Inbox();
  return (address, port, onPacket) => bindUdp(inbox, address, port, onPacket);
}

const bindUdp = (inbox: Inbox, address: string, port: number, onPacket: PacketHandler): Promise<DatagramSocket> =>
  new Promise((resolve, reject) => {
    const family = isIPv6(address) ? 6 : 4;
    const socket = createSocket({
      type: `udp${family}`,
      ipv6Only: family === 6,
      recvBufferSize: receiveBufferBytes,
      lookup: noLookup(family) as never,
    });
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      // What the system reports about single packets (no route, refused) is the peer's media time-out, not the socket's end.
      socket.on("error", () => {});
      socket.on("message", (octets, from) => inbox.put(onPacket, octets, from));
      resolve(wrap(socket, address));
    });
  });

function isPort(port: number): boolean {
  return port > 0 && port < 65_536;
}

function wrap(socket: Socket, address: string): DatagramSocket {
  const { port } = socket.address();
  let closed = false;
  return {
    local: { address, port },
    send(octets, remotePort, remoteAddress) {
      // A description may name 0 or 99999, and a packet may come from port 0: the system's call would throw.
      if (closed || !isPort(remotePort)) return;
      // Without a call-back: failures are the socket's error event, and a tick of its own for each packet is saved.
      socket.send(octets, remotePort, remoteAddress);
    },
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}
