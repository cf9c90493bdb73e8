/** UDP sockets over a network that tests own: a fake clock, loss, jitter and reordering that are repeatable. */

import type { FakeClock } from "@trapezoid/testkit";
import { createRandom } from "@trapezoid/testkit";
import type { BindSocket, PacketHandler } from "../src/net/datagram.ts";

export interface Conditions {
  /** Share of packets. */
  readonly loss?: number;
  readonly delayMs?: number;
  /** Each packet takes up to so much longer. */
  readonly jitterMs?: number;
}

export interface VirtualDatagrams {
  readonly bind: BindSocket;
  /** Sockets that are open. */
  readonly open: number;
  /** From now on, for all. */
  conditions: Conditions;
  /** Sees each packet that is sent; what it returns is sent in its place, nothing for `undefined`. */
  onSend: ((octets: Uint8Array, to: string, from: string) => Uint8Array | undefined) | undefined;
  /** A packet from anywhere. */
  inject(octets: Uint8Array, from: readonly [string, number], to: readonly [string, number]): void;
}

export function virtualDatagrams(clock: FakeClock, seed = 1): VirtualDatagrams {
  const sockets = new Map<string, PacketHandler>();
  const random = createRandom(seed);
  const deliver = (octets: Uint8Array, fromAddress: string, fromPort: number, to: string): void => {
    const { loss = 0, delayMs = 1, jitterMs = 0 } = network.conditions;
    if (random() < loss) return;
    clock.after(delayMs + random() * jitterMs, () => sockets.get(to)?.(octets, fromAddress, fromPort));
  };
  const network: VirtualDatagrams = {
    conditions: {},
    onSend: undefined,
    get open() {
      return sockets.size;
    },
    bind: async (address, port, onPacket) => {
      const key = `${address}:${port}`;
      if (sockets.has(key)) throw Object.assign(new Error("taken"), { code: "EADDRINUSE" });
      sockets.set(key, onPacket);
      return {
        local: { address, port },
        send(octets, toPort, toAddress) {
          const to = `${toAddress}:${toPort}`;
          const sent = network.onSend === undefined ? octets : network.onSend(octets, to, key);
          if (sent !== undefined) deliver(sent, address, port, to);
        },
        close: () => sockets.delete(key),
      };
    },
    inject: (octets, [address, port], to) => deliver(octets, address, port, to.join(":")),
  };
  return network;
}
