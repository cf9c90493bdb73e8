/** Free ports on loopback, below the range that the system hands out by itself, none given twice by one process. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const firstPort = 20_000;
const lastPort = 31_900;
const given = new Set<number>();

/** The first of `count` consecutive ports that are free for UDP and TCP on every address; even when `count` is above 1. */
export async function freePorts(count = 1): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    let port = firstPort + Math.floor(Math.random() * (lastPort - firstPort - count));
    if (count > 1) port -= port % 2;
    const block = Array.from({ length: count }, (_, index) => port + index);
    if (block.some((one) => given.has(one))) continue;
    const free = await Promise.all(block.map(isFree));
    if (!free.every(Boolean)) continue;
    for (const one of block) given.add(one);
    return port;
  }
  throw new Error(`no ${count} free ports in a row between ${firstPort} and ${lastPort}; expected an idle machine`);
}

export async function isFree(port: number): Promise<boolean> {
  return (await udpIsFree(port)) && (await tcpIsFree(port));
}

/** Whether something on this machine has the UDP port; the way to see a server without asking it. */
export async function udpIsFree(port: number, address = "0.0.0.0"): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    socket.bind({ port, address, exclusive: true });
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

export async function tcpIsFree(port: number, host = "0.0.0.0"): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
