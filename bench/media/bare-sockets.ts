/** What Node's sockets cost by themselves: packets of the same size at the same pace, and nothing done with them. The floor under every stream. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { round } from "../rig/report.ts";

const packetBytes = 172;
const phases = 4;
const phaseMs = 5;

/** µs of CPU for a packet sent and received. */
export async function bareSocketUs(streams: number, ms: number): Promise<number> {
  let received = 0;
  const sockets: Socket[] = [];
  for (let stream = 0; stream < streams; stream++) {
    const socket = createSocket({
      type: "udp4",
      recvBufferSize: 262_144,
      lookup: ((host: string, _: unknown, done: (error: null, address: string, family: number) => void) =>
        done(null, host, 4)) as never,
    });
    socket.on("message", () => received++);
    const listening = once(socket, "listening");
    socket.bind(0, "127.0.0.1");
    await listening;
    sockets.push(socket);
  }
  const ports = sockets.map((socket) => socket.address().port);
  const run = async (runMs: number): Promise<void> => {
    const startedAt = performance.now();
    for (let step = 0; performance.now() - startedAt < runMs; step++) {
      for (let stream = step % phases; stream < streams; stream += phases) {
        sockets[stream]!.send(new Uint8Array(packetBytes), ports[stream ^ 1]!, "127.0.0.1");
      }
      const wait = startedAt + (step + 1) * phaseMs - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
    }
  };
  await run(ms / 3);
  received = 0;
  const from = process.cpuUsage();
  await run(ms);
  const { user, system } = process.cpuUsage(from);
  for (const socket of sockets) socket.close();
  return round((user + system) / received, 1);
}
