/** UDP sockets over a network that tests own: a fake clock, loss, jitter and reordering that are repeatable. */

import type { FakeClock } from "@trapezoid/testkit";
import { createRandom } from "@trapezoid/testkit";
import type { BindSocket, PacketHandler } from "../src/net/datagram.ts";

export interface Conditions {
  /** Share of packets. */
  readonly loss?: number;
  /** Mean length of the runs in which packets are lost; by default each is lost on its own. */
  readonly burst?: number;
  /** Share of packets that come twice. */
  readonly duplicate?: number;
  readonly delayMs?: number;
  /** Each packet takes up to so much longer. */
  readonly jitterMs?: number;
}

/** What became of the RTP to one socket, RTCP left out. */
export interface Truth {
  sent: number;
  lost: number;
  duplicated: number;
}

export interface VirtualDatagrams {
  readonly bind: BindSocket;
  /** What became of the RTP to that address, `192.0.2.1:4000`, from now on. */
  truth(to: string): Truth;
  /** Sockets that are open. */
  readonly open: number;
  /** An address that is none of ours. */
  absent: string | undefined;
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
  const truths = new Map<string, Truth>();
  /** Destinations to which a run of losses is under way. */
  const losing = new Set<string>();

  /** Two states, of which one loses all: after Gilbert. */
  const isLost = (to: string): boolean => {
    const { loss = 0, burst = 1 / (1 - loss) } = network.conditions;
    if (loss === 0 || loss === 1) return loss === 1;
    const begins = loss / (burst * (1 - loss));
    if (random() < (losing.has(to) ? 1 - 1 / burst : begins)) losing.add(to);
    else losing.delete(to);
    return losing.has(to);
  };

  const deliver = (octets: Uint8Array, fromAddress: string, fromPort: number, to: string): void => {
    const { delayMs = 1, jitterMs = 0, duplicate = 0 } = network.conditions;
    const truth = octets[1]! >= 192 && octets[1]! <= 223 ? undefined : truths.get(to);
    if (truth !== undefined) truth.sent++;
    if (isLost(to)) {
      if (truth !== undefined) truth.lost++;
      return;
    }
    const isTwice = duplicate > 0 && random() < duplicate;
    if (isTwice && truth !== undefined) truth.duplicated++;
    for (let copy = 0; copy < (isTwice ? 2 : 1); copy++) {
      clock.after(delayMs + random() * jitterMs, () => sockets.get(to)?.(octets, fromAddress, fromPort));
    }
  };
  const network: VirtualDatagrams = {
    absent: undefined,
    conditions: {},
    truth(to) {
      const truth = { sent: 0, lost: 0, duplicated: 0 };
      truths.set(to, truth);
      return truth;
    },
    onSend: undefined,
    get open() {
      return sockets.size;
    },
    bind: async (address, port, onPacket) => {
      const key = `${address}:${port}`;
      if (address === network.absent) throw Object.assign(new Error("no such address"), { code: "EADDRNOTAVAIL" });
      if (sockets.has(key)) throw Object.assign(new Error("taken"), { code: "EADDRINUSE" });
      sockets.set(key, onPacket);
      return {
        local: { address, port },
        send(octets, toPort, toAddress) {
          if (!(toPort > 0 && toPort < 65_536)) return;
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
