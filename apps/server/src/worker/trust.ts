/** Who needs no credentials: addresses and networks, trunks at what they resolve to, names proved by a TLS certificate. */

import { BlockList, isIPv6 } from "node:net";
import type { Flow } from "@trapezoid/sip/transport";
import type { TrustSettings } from "../config/types.ts";

/** Remembers the verdict for this many addresses, so that a request costs one look-up. */
const VERDICTS = 4096;

export class Trust {
  readonly #networks = new BlockList();
  readonly #names: ReadonlySet<string>;
  readonly #trunks = new Map<string, ReadonlySet<string>>();
  readonly #verdicts = new Map<string, boolean>();

  constructor(settings: TrustSettings) {
    for (const network of settings.networks) this.#add(network);
    this.#names = new Set(settings.names);
  }

  /** What the name of a trusted trunk resolves to now. */
  setTrunk(trunk: string, addresses: readonly string[]): void {
    this.#trunks.set(trunk, new Set(addresses));
    this.#verdicts.clear();
  }

  /** What another knows of a trunk's addresses. */
  keepTrunk(trunk: string, from: Trust): void {
    const addresses = from.#trunks.get(trunk);
    if (addresses !== undefined) this.setTrunk(trunk, [...addresses]);
  }

  /** Whether a trusted trunk is at this address, as far as its name has been resolved. */
  isTrunkAddress(address: string): boolean {
    for (const addresses of this.#trunks.values()) if (addresses.has(address)) return true;
    return false;
  }

  trusts(flow: Pick<Flow, "remote" | "peerNames" | "indirect">): boolean {
    // Any page that is open on a trusted machine may connect to us with that machine's address and certificate.
    if (flow.indirect === true) return false;
    const address = flow.remote.address;
    let verdict = this.#verdicts.get(address);
    if (verdict === undefined) {
      verdict = this.#check(address);
      if (this.#verdicts.size >= VERDICTS) this.#verdicts.clear();
      this.#verdicts.set(address, verdict);
    }
    return verdict || this.#isNamed(flow.peerNames);
  }

  /**
   * Whether contacts may be registered from there without credentials, for any user. Not from where a trunk is: a provider passes calls
   * on, and has no users of ours; its addresses are known to everybody and may be written into datagrams.
   */
  mayRegister(flow: Pick<Flow, "remote" | "peerNames" | "indirect">): boolean {
    return flow.indirect !== true && (this.#isListed(flow.remote.address) || this.#isNamed(flow.peerNames));
  }

  #isNamed(peerNames: readonly string[]): boolean {
    return this.#names.size > 0 && peerNames.some((name) => this.#names.has(name.toLowerCase()));
  }

  #isListed(address: string): boolean {
    return this.#networks.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  }

  #check(address: string): boolean {
    return this.#isListed(address) || this.isTrunkAddress(address);
  }

  #add(network: string): void {
    const slash = network.indexOf("/");
    const address = slash === -1 ? network : network.slice(0, slash);
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (slash === -1) this.#networks.addAddress(address, family);
    else this.#networks.addSubnet(address, Number(network.slice(slash + 1)), family);
  }
}
