/** Peers that take no connection: the fallback of the 1300-byte rule is remembered, so that not every long message waits for it. RFC 3261 §18.1.1. */

import type { TimerWheel } from "@trapezoid/base";
import type { Target } from "../transport/contract.ts";

const rememberedMs = 600_000;
const rememberedPeers = 1000;

export class DatagramOnly {
  readonly #until = new Map<string, number>();
  readonly #wheel: TimerWheel;

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  has(target: Target): boolean {
    if (this.#until.size === 0) return false;
    const key = `${target.address} ${target.port}`;
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#wheel.now()) return true;
    this.#until.delete(key);
    return false;
  }

  add(target: Target): void {
    if (this.#until.size >= rememberedPeers) {
      for (const oldest of this.#until.keys()) {
        this.#until.delete(oldest);
        break;
      }
    }
    this.#until.set(`${target.address} ${target.port}`, this.#wheel.now() + rememberedMs);
  }
}
