/** A UDP socket as media uses it: a port that tests own. */

import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { MediaAddress } from "../config.ts";

export type PacketHandler = (octets: Uint8Array, address: string, port: number) => void;

export interface DatagramSocket {
  readonly local: MediaAddress;
  /** Octets are taken over: the caller must not change them. Failures are counted by `onError`, never thrown. */
  send(octets: Uint8Array, port: number, address: string): void;
  close(): void;
}

/** Rejects with the system's error (`EADDRINUSE`) when the port is taken. */
export type BindSocket = (address: string, port: number, onPacket: PacketHandler) => Promise<DatagramSocket>;

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

export const bindUdp: BindSocket = (address, port, onPacket) =>
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
      socket.on("message", (octets, from) => onPacket(octets, from.address, from.port));
      resolve(wrap(socket, address));
    });
  });

const ignore = (): void => {};

function wrap(socket: Socket, address: string): DatagramSocket {
  const { port } = socket.address();
  let closed = false;
  return {
    local: { address, port },
    send(octets, remotePort, remoteAddress) {
      if (!closed) socket.send(octets, 0, octets.length, remotePort, remoteAddress, ignore);
    },
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}
