/** Who is heard at all: the deny list and the bans, with the allow list's exceptions. One in each thread that has sockets. */

import type { Admission } from "@trapezoid/sip/transport";
import { NetworkSet } from "../network/network-set.ts";
import { SourceKeys } from "../network/source-key.ts";
import { type BanChange, BanTable } from "./ban-table.ts";

export interface GateLists {
  /** False: everybody is heard, whatever the lists and the bans say. */
  readonly enabled: boolean;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export class Gate {
  readonly keys = new SourceKeys();
  readonly #bans = new BanTable();
  readonly #now: () => number;
  #enabled = true;
  #allow = new NetworkSet([]);
  #deny = new NetworkSet([]);
  /** Nobody is refused: what nearly every datagram of nearly every server is asked. */
  #open = true;

  constructor(lists: GateLists, now: () => number) {
    this.#now = now;
    this.configure(lists);
  }

  /** For the transport. Once a datagram: one comparison while nobody is refused, else a look-up or two. */
  readonly admission: Admission = (address) => {
    if (this.#open) return true;
    const refused = this.#deny.has(address) || this.#bans.has(this.keys.of(address), address, this.#now);
    return !refused || this.#allow.has(address);
  };

  get bans(): number {
    return this.#bans.size;
  }

  /** Whether a ban of this source key is in force. */
  bars(key: string): boolean {
    return this.#bans.hasKey(key, this.#now);
  }

  allows(address: string): boolean {
    return this.#allow.has(address);
  }

  configure(lists: GateLists): void {
    this.#enabled = lists.enabled;
    this.#allow = new NetworkSet(lists.allow);
    this.#deny = new NetworkSet(lists.deny);
    this.#decide();
  }

  apply(change: BanChange): void {
    this.#bans.apply(change);
    this.#decide();
  }

  #decide(): void {
    this.#open = !this.#enabled || (this.#deny.isEmpty && this.#bans.size === 0);
  }
}
