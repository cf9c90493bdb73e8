/** The bans as one thread knows them: a look-up for each datagram, nothing else. */

import { NetworkSet } from "../network/network-set.ts";
import { isSourceKey } from "../network/source-key.ts";

/** What a thread needs of a ban. */
export interface BanMark {
  /** `192.0.2.7`, `2001:db8:1:2::/64`, `198.51.100.0/24`. */
  readonly subject: string;
  /** Milliseconds since the epoch; `undefined`: until it is lifted. */
  readonly until: number | undefined;
}

/** What has changed about the bans. */
export interface BanChange {
  readonly set: readonly BanMark[];
  /** Subjects. */
  readonly lifted: readonly string[];
}

export class BanTable {
  /** By source key, until when. */
  readonly #sources = new Map<string, number>();
  /** All others: networks, and single IPv6 addresses. */
  readonly #networks = new Map<string, number>();
  #networkSet = new NetworkSet([]);

  get size(): number {
    return this.#sources.size + this.#networks.size;
  }

  /**
   * @param key The source key of `address`.
   * @param now Asked only about who is found, which nearly nobody is.
   */
  has(key: string, address: string, now: () => number): boolean {
    return this.hasKey(key, now) || (this.#networkSet.has(address) && this.#inLiveNetwork(address, now()));
  }

  /** A ban of the source itself. */
  hasKey(key: string, now: () => number): boolean {
    const until = this.#sources.get(key);
    if (until === undefined) return false;
    if (now() < until) return true;
    this.#sources.delete(key);
    return false;
  }

  apply({ set, lifted }: BanChange): void {
    const networks = this.#networks.size > 0 || set.some(({ subject }) => !isSourceKey(subject));
    for (const subject of lifted) this.#of(subject).delete(subject);
    for (const { subject, until } of set) this.#of(subject).set(subject, until ?? Number.POSITIVE_INFINITY);
    if (networks) this.#networkSet = new NetworkSet([...this.#networks.keys()]);
  }

  #of(subject: string): Map<string, number> {
    return isSourceKey(subject) ? this.#sources : this.#networks;
  }

  /** Only for who is in some network: the one it is in may have ended. */
  #inLiveNetwork(address: string, now: number): boolean {
    const size = this.#networks.size;
    for (const [subject, until] of this.#networks) if (until <= now) this.#networks.delete(subject);
    if (this.#networks.size !== size) this.#networkSet = new NetworkSet([...this.#networks.keys()]);
    return this.#networkSet.has(address);
  }
}
