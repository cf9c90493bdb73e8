/** The address of ours that packets to a host leave from, as the system's routes say. */

import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** Of no meaning: connecting a UDP socket sends nothing. */
const anyPort = 9;

/** `undefined` when there is no way to the host, or it has no address. */
export async function addressTowards(host: string): Promise<string | undefined> {
  try {
    const address = isIP(host) === 0 ? (await lookup(host)).address : host;
    return await connectedAddress(address);
  } catch {
    return undefined;
  }
}

/** Of the first interface that others can reach, else loopback. */
export function ownAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) if (!internal && family === "IPv4") return address;
  }
  return "127.0.0.1";
}

function connectedAddress(address: string): Promise<string> {
  const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
  return new Promise<string>((resolve, reject) => {
    socket.once("error", reject);
    socket.connect(anyPort, address, () => resolve(socket.address().address));
  }).finally(() => socket.close());
}
