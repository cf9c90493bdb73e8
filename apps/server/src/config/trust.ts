/** Who needs no authentication: addresses and networks, trunks by name, peers by the name their certificate proves. */

import { BlockList, isIP } from "node:net";
import { err, ok, type Result } from "@trapezoid/base";

/** Sources seen lately are remembered, so that a request costs one Map look-up. */
const cacheEntries = 4096;

export interface TrustList {
  /** As configured, for people. */
  readonly entries: readonly string[];
  /** Trusted trunks whose target is a name, not an address: whoever looks it up says what it led to. */
  readonly trunksToResolve: readonly string[];
  setTrunkAddresses(trunk: string, addresses: readonly string[]): void;
  /** Why a source is trusted, in words; `undefined` when it is not. */
  reason(address: string, peerNames: readonly string[]): string | undefined;
}

export interface TrustableTrunk {
  readonly name: string;
  /** Host of its target, without brackets. */
  readonly host: string;
}

/** The error says which entry is wrong. */
export function createTrustList(
  entries: readonly string[],
  trunks: readonly TrustableTrunk[],
): Result<TrustList, string> {
  const networks: { readonly entry: string; readonly list: BlockList }[] = [];
  const names = new Map<string, string>();
  const trusted = new Map<string, ReadonlySet<string>>();
  const toResolve: string[] = [];
  for (const entry of entries) {
    const trunk = trunks.find((candidate) => candidate.name === entry);
    const list = trunk === undefined ? parseNetwork(entry) : undefined;
    if (trunk !== undefined) {
      const numeric = isIP(trunk.host) !== 0;
      trusted.set(trunk.name, new Set(numeric ? [trunk.host] : []));
      if (!numeric) toResolve.push(trunk.name);
    } else if (list !== undefined) networks.push({ entry, list });
    else if (isCertificateName(entry)) names.set(entry.toLowerCase(), entry);
    else {
      return err(
        `"${entry}" is no address (192.0.2.7), no network (10.0.0.0/8), no trunk of this configuration and no certificate name (sip.example.com)`,
      );
    }
  }
  return ok(new ParsedTrustList(entries, networks, names, trusted, toResolve));
}

/** An address or a CIDR range. */
export function parseNetwork(entry: string): BlockList | undefined {
  const slash = entry.indexOf("/");
  const address = slash === -1 ? entry : entry.slice(0, slash);
  const family = isIP(address);
  if (family === 0) return undefined;
  const widest = family === 4 ? 32 : 128;
  const bits = slash === -1 ? String(widest) : entry.slice(slash + 1);
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > widest) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6");
  return list;
}

function isCertificateName(entry: string): boolean {
  return /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(entry) && !/^[\d.]+$/.test(entry);
}

class ParsedTrustList implements TrustList {
  readonly entries: readonly string[];
  readonly trunksToResolve: readonly string[];
  readonly #networks: readonly { readonly entry: string; readonly list: BlockList }[];
  readonly #names: ReadonlyMap<string, string>;
  readonly #trunks: Map<string, ReadonlySet<string>>;
  readonly #cache = new Map<string, string | undefined>();

  constructor(
    entries: readonly string[],
    networks: readonly { readonly entry: string; readonly list: BlockList }[],
    names: ReadonlyMap<string, string>,
    trunks: Map<string, ReadonlySet<string>>,
    trunksToResolve: readonly string[],
  ) {
    this.entries = entries;
    this.trunksToResolve = trunksToResolve;
    this.#networks = networks;
    this.#names = names;
    this.#trunks = trunks;
  }

  setTrunkAddresses(trunk: string, addresses: readonly string[]): void {
    if (!this.#trunks.has(trunk)) return;
    this.#trunks.set(trunk, new Set(addresses));
    this.#cache.clear();
  }

  reason(address: string, peerNames: readonly string[]): string | undefined {
    const reason = this.#networks.length + this.#trunks.size > 0 ? this.#addressReason(address) : undefined;
    if (reason !== undefined || this.#names.size === 0) return reason;
    for (const name of peerNames) {
      const entry = this.#names.get(name.toLowerCase());
      if (entry !== undefined) return `its certificate proves ${entry}`;
    }
    return undefined;
  }

  #addressReason(address: string): string | undefined {
    let reason = this.#cache.get(address);
    if (reason !== undefined || this.#cache.has(address)) return reason;
    reason = this.#look(address);
    if (this.#cache.size >= cacheEntries) this.#cache.clear();
    this.#cache.set(address, reason);
    return reason;
  }

  #look(address: string): string | undefined {
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    for (const { entry, list } of this.#networks) {
      if (list.check(address, family)) return `${address} is in ${entry}`;
    }
    for (const [trunk, addresses] of this.#trunks) if (addresses.has(address)) return `${address} is trunk ${trunk}`;
    return undefined;
  }
}
