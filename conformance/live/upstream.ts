/** Who sends the torture messages: octets as they are, and everything that comes back, wherever it comes. RFC 3261 §18.1, §18.2.2. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect, isIPv6 } from "node:net";
import { cutStream } from "./header-lines.ts";

export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface Arrival {
  readonly text: string;
  /** The local port that it came to. */
  readonly port: number;
}

/** One message and what it brings about. */
export interface Exchange extends AsyncDisposable {
  /** Where the message is sent from. */
  readonly source: Place;
  readonly arrivals: readonly Arrival[];
  /** The server has closed the connection. Never so for datagrams. */
  readonly isClosed: boolean;
  /** One character is one octet. */
  send(octets: string): void;
}

export interface Upstream extends AsyncDisposable {
  readonly address: string;
  open(server: Place): Promise<Exchange>;
}

/** Ports of the sent-by values among the messages; 5060 is that of those that name none (§18.2.2). */
const replyPorts = [5060, 5050, 6050, 19_823];

/**
 * Sends datagrams from a port that no message names, and listens at those that they name. `addresses` are tried until one
 * has all ports free.
 */
export async function openUdpUpstream(addresses: readonly string[]): Promise<Upstream> {
  const failures: string[] = [];
  for (const address of addresses) {
    const sockets: Socket[] = [];
    try {
      for (const port of replyPorts) sockets.push(await bound(address, port));
      return udpUpstream(address, sockets);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      await Promise.all(sockets.map(closed));
    }
  }
  throw new Error(`no address with free ports ${replyPorts.join(", ")}: ${failures.join("; ")}`);
}

function udpUpstream(address: string, replies: readonly Socket[]): Upstream {
  return {
    address,
    open: async (server) => {
      const arrivals: Arrival[] = [];
      const source = await bound(address, 0);
      const record = (socket: Socket) => (packet: Buffer) => {
        arrivals.push({ text: packet.toString("latin1"), port: socket.address().port });
      };
      const recorders = [source, ...replies].map((socket) => ({ socket, listener: record(socket) }));
      for (const { socket, listener } of recorders) socket.on("message", listener);
      return {
        source: { address, port: source.address().port },
        arrivals,
        isClosed: false,
        send: (octets) => source.send(Buffer.from(octets, "latin1"), server.port, server.address),
        [Symbol.asyncDispose]: async () => {
          for (const { socket, listener } of recorders) socket.off("message", listener);
          await closed(source);
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(replies.map(closed));
    },
  };
}

/** A connection for each message. */
export function tcpUpstream(address: string): Upstream {
  return {
    address,
    open: async (server) => {
      const socket = connect({ host: server.address, port: server.port, localAddress: address });
      socket.on("error", () => {});
      await once(socket, "connect");
      const arrivals: Arrival[] = [];
      const port = socket.localPort!;
      let rest = "";
      let isClosed = false;
      socket.on("data", (chunk) => {
        const cut = cutStream(rest + chunk.toString("latin1"));
        rest = cut.rest;
        arrivals.push(...cut.messages.map((text) => ({ text, port })));
      });
      socket.on("end", () => {
        isClosed = true;
      });
      socket.on("close", () => {
        isClosed = true;
      });
      return {
        source: { address, port },
        arrivals,
        get isClosed() {
          return isClosed;
        },
        send: (octets) => socket.write(Buffer.from(octets, "latin1")),
        [Symbol.asyncDispose]: async () => {
          if (socket.destroyed) return;
          socket.destroy();
          await once(socket, "close");
        },
      };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function bound(address: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4" });
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, "listening");
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function closed(socket: Socket): Promise<void> {
  socket.close();
  await once(socket, "close");
}
