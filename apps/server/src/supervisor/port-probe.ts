/** Whether the ports are free, asked before several threads share them: sharing would hide that another program has them. */

import { createSocket } from "node:dgram";
import { type AddressInfo, createServer } from "node:net";
import { formatListenUri, type ListenUri, transportErrors } from "@trapezoid/sip/transport";

/** Rejects with the transport's error for the first address that another program has. */
export async function probePorts(uris: readonly ListenUri[]): Promise<void> {
  for (const uri of uris) {
    if (uri.port === 0) continue;
    try {
      await (uri.kind === "udp" ? probeUdp(uri) : probeTcp(uri));
    } catch (error) {
      // Everything else is said better by the thread that listens.
      if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") {
        throw transportErrors.addressInUse.from(error, formatListenUri(uri));
      }
    }
  }
}

function probeUdp(uri: ListenUri): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = uri.host.includes(":") ? createSocket({ type: "udp6", ipv6Only: true }) : createSocket("udp4");
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: uri.host, port: uri.port, exclusive: true }, () => socket.close(() => resolve()));
  });
}

function probeTcp(uri: ListenUri): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: uri.host, port: uri.port, ipv6Only: true, exclusive: true }, () =>
      server.close(() => resolve()),
    );
  });
}

/** A port that nobody has now. */
export function freeTcpPort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port: 0 }, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
