/** HTTP servers that are not ours and hand WebSockets over: which upgrades are ours, and how many connections they may have. */

import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Endpoint } from "../contract.ts";
import type { Advertised } from "./advertise.ts";
import type { Connections } from "./connections.ts";

/** Answers upgrades to `path`; those to other paths are left to others, or refused when there is nobody else. */
export function attachUpgrades(
  connections: Connections,
  server: Server,
  path: string,
  advertised: (local: Endpoint) => Advertised,
): Disposable {
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if ((request.url ?? "").split("?", 1)[0] === path) connections.handleUpgrade(request, socket, head, advertised);
    else if (server.listenerCount("upgrade") === 1) connections.refuse(socket, 404, "Not Found", `SIP is at ${path}`);
  };
  server.on("upgrade", onUpgrade);
  return { [Symbol.dispose]: () => void server.off("upgrade", onUpgrade) };
}

/** Counts its connections; each is a handshake until its first request is there, or its upgrade. */
export function watchConnections(connections: Connections, server: Server): Disposable {
  const onConnection = (socket: Socket): void => {
    if (!connections.admit(socket, server, true)) socket.destroy();
  };
  const onRequest = ({ socket }: IncomingMessage): void => connections.served(socket);
  server.on("connection", onConnection).prependListener("request", onRequest);
  return {
    [Symbol.dispose]: () => {
      server.off("connection", onConnection).off("request", onRequest);
      connections.unwatch(server);
    },
  };
}
