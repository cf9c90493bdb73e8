/**
 * Free ports on loopback, below the range that the system hands out by itself, none given twice. Peers take theirs long after they were
 * found free: each process has blocks of its own, each of which it holds by listening on the first port.
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";

const firstPort = 20_000;
const lastPort = 31_900;
const blockPorts = 700;
/** For media of our own in tests, which takes ports when it needs them: none of those that are given out here. */
export const ownMediaPorts: readonly [from: number, to: number] = [12_000, 19_999];

const given = new Set<number>();
/** First ports of our own blocks. */
const held: number[] = [];

/** The first of `count` consecutive ports that are free for UDP and TCP on every address; even when `count` is above 1. */
export async function freePorts(count = 1): Promise<number> {
  for (let blocks = 0; blocks < 3; blocks++) {
    const block = held.at(-1);
    const found = block === undefined ? undefined : await within(block + 1, block + blockPorts, count);
    if (found !== undefined) return found;
    if (!(await holdBlock())) break;
  }
  // Many processes at once: whatever is free.
  const found = await within(firstPort, lastPort, count);
  if (found !== undefined) return found;
  throw new Error(`no ${count} free ports in a row between ${firstPort} and ${lastPort}; expected an idle machine`);
}

async function within(first: number, last: number, count: number): Promise<number | undefined> {
  for (let attempt = 0; attempt < 100; attempt++) {
    let port = first + Math.floor(Math.random() * (last - first - count - 1));
    if (count > 1) port += port % 2;
    const wanted = Array.from({ length: count }, (_, index) => port + index);
    if (wanted.some((one) => given.has(one))) continue;
    const free = await Promise.all(wanted.map(isFree));
    if (!free.every(Boolean)) continue;
    // Somebody else may have asked meanwhile.
    if (wanted.some((one) => given.has(one))) continue;
    for (const one of wanted) given.add(one);
    return port;
  }
  return undefined;
}

/** One that no other process holds; false when there is none. */
async function holdBlock(): Promise<boolean> {
  for (let block = firstPort; block + blockPorts <= lastPort; block += blockPorts) {
    if (held.includes(block)) continue;
    const server = createServer();
    try {
      server.listen({ port: block, host: "127.0.0.1", exclusive: true });
      await once(server, "listening");
    } catch {
      continue;
    }
    server.unref();
    held.push(block);
    return true;
  }
  return false;
}

/** Whether something listens on the port; asked of the system's tables where it has them, since a trial would hold the port for a moment. */
export async function isTaken(kind: "udp" | "tcp", port: number, address?: string): Promise<boolean> {
  const tables = await Promise.all([portTable(kind), portTable(`${kind}6`)]);
  if (tables.every((table) => table === undefined)) {
    return !(await (kind === "udp" ? udpIsFree(port, address) : tcpIsFree(port, address)));
  }
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  // Local address and port, the remote ones, the state, of which 0A is a TCP port that listens.
  const row = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:[0-9A-F]+ ${kind === "udp" ? "[0-9A-F]+" : "0A"} `, "m");
  return tables.some((table) => table !== undefined && row.test(table));
}

function portTable(name: string): Promise<string | undefined> {
  return readFile(`/proc/net/${name}`, "utf8").catch(() => undefined);
}

export async function isFree(port: number): Promise<boolean> {
  return (await udpIsFree(port)) && (await tcpIsFree(port));
}

/** By a trial. */
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
