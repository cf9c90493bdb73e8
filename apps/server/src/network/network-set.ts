/** A set of addresses and networks that is asked about the same addresses again and again. */

import { BlockList, isIPv6 } from "node:net";

/** Verdicts that are kept, so that a question costs one look-up. */
const VERDICTS = 4096;

export class NetworkSet {
  readonly #networks = new BlockList();
  readonly #verdicts = new Map<string, boolean>();
  readonly isEmpty: boolean;

  /** @param networks `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`; checked by whoever read them. */
  constructor(networks: readonly string[]) {
    this.isEmpty = networks.length === 0;
    for (const network of networks) {
      const slash = network.indexOf("/");
      const address = slash === -1 ? network : network.slice(0, slash);
      const family = isIPv6(address) ? "ipv6" : "ipv4";
      if (slash === -1) this.#networks.addAddress(address, family);
      else this.#networks.addSubnet(address, Number(network.slice(slash + 1)), family);
    }
  }

  has(address: string): boolean {
    if (this.isEmpty) return false;
    let verdict = this.#verdicts.get(address);
    if (verdict === undefined) {
      const zone = address.indexOf("%");
      const plain = zone === -1 ? address : address.slice(0, zone);
      verdict = this.#networks.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
      if (this.#verdicts.size >= VERDICTS) this.#verdicts.clear();
      this.#verdicts.set(address, verdict);
    }
    return verdict;
  }
}
