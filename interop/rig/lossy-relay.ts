/** A UDP relay that loses packets both ways: a bad network in user space. Each client gets a socket, so a port, of its own. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

export interface LossyRelayOptions {
  /** Where packets of clients go. */
  readonly target: { readonly address: string; readonly port: number };
  /** 0 to 1, for each direction. */
  readonly loss: number;
  /** The same seed loses the same packets of the same sequence. */
  readonly seed?: number;
  readonly port?: number;
}

export interface LossyRelay extends AsyncDisposable {
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly counters: { forwarded: number; lost: number };
  /** Loses everything, or (false) goes back to its rate. */
  cut(everything: boolean): void;
}

export async function startLossyRelay({ target, loss, seed = 1, port = 0 }: LossyRelayOptions): Promise<LossyRelay> {
  const counters = { forwarded: 0, lost: 0 };
  const clients = new Map<string, Promise<Socket>>();
  const random = mulberry(seed);
  let cut = false;
  const survives = (): boolean => {
    const lost = cut || random() < loss;
    if (lost) counters.lost += 1;
    else counters.forwarded += 1;
    return !lost;
  };
  const front = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  const openBack = async (clientPort: number, clientAddress: string): Promise<Socket> => {
    const back = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
    back.on("message", (packet) => {
      if (survives()) front.send(packet, clientPort, clientAddress);
    });
    back.on("error", () => {});
    back.bind(0, "127.0.0.1");
    await once(back, "listening");
    return back;
  };
  front.on("message", async (packet, { address, port: clientPort }) => {
    const key = `${address}:${clientPort}`;
    const known = clients.get(key);
    const back = known ?? openBack(clientPort, address);
    if (known === undefined) clients.set(key, back);
    const socket = await back;
    if (survives()) socket.send(packet, target.port, target.address);
  });
  front.on("error", () => {});
  front.bind(port, "127.0.0.1");
  await once(front, "listening");
  return {
    port: front.address().port,
    address: `127.0.0.1:${front.address().port}`,
    counters,
    cut: (everything) => {
      cut = everything;
    },
    [Symbol.asyncDispose]: async () => {
      front.close();
      for (const back of clients.values()) (await back).close();
    },
  };
}

/** Mulberry32. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
