/** The DNS port on Node's resolver (c-ares), with the hosts file behind it. */

import { type SrvRecord as NodeSrvRecord, promises } from "node:dns";
import type { DnsAnswer, DnsPort, DnsRecords, DnsType } from "./contract.ts";

export interface NodeDnsOptions {
  /** `192.0.2.53`, `127.0.0.1:5353`, `[2001:db8::53]:53`. Default: those of the system. */
  readonly servers?: readonly string[];
  /** How long a server may take for the first try. Default 2,000. */
  readonly timeoutMs?: number;
  /** Tries of each server. Default 2. */
  readonly tries?: number;
  /**
   * Ask the system (hosts file, mDNS …) for addresses that DNS does not have: `always`, `single` names without a dot, or
   * `never`. Default: `always` with the system's name servers, `single` with own ones.
   */
  readonly systemNames?: "always" | "single" | "never";
}

/** @throws TypeError when a server is no address. */
export function createNodeDns(options: NodeDnsOptions = {}): DnsPort & { close(): void } {
  const { servers, timeoutMs = 2_000, tries = 2 } = options;
  const systemNames = options.systemNames ?? (servers === undefined ? "always" : "single");
  const resolver = new promises.Resolver({ timeout: timeoutMs, tries });
  if (servers !== undefined) resolver.setServers([...servers]);

  async function ask<K extends DnsType>(type: K, name: string): Promise<DnsAnswer<DnsRecords[K]>> {
    const answer = await emptyIfAbsent(() => queries[type](resolver, name) as Promise<DnsAnswer<DnsRecords[K]>>);
    if (answer instanceof Error || answer.records.length === 0) {
      const isAddress = type === "a" || type === "aaaa";
      const asksSystem = systemNames === "always" || (systemNames === "single" && !name.includes("."));
      if (isAddress && asksSystem) {
        const addresses = await systemAddresses(name, type === "a" ? 4 : 6);
        if (addresses.length > 0) return { records: addresses as DnsRecords[K][] };
      }
      if (answer instanceof Error) throw answer;
    }
    return answer;
  }

  return { resolve: ask, close: () => resolver.cancel() };
}

type Query = (resolver: promises.Resolver, name: string) => Promise<DnsAnswer<DnsRecords[DnsType]>>;

const queries: Readonly<Record<DnsType, Query>> = {
  a: async (resolver, name) => withTtl(await resolver.resolve4(name, { ttl: true })),
  aaaa: async (resolver, name) => withTtl(await resolver.resolve6(name, { ttl: true })),
  srv: async (resolver, name) => ({
    records: (await resolver.resolveSrv(name)).map((record: NodeSrvRecord) => ({
      priority: record.priority,
      weight: record.weight,
      port: record.port,
      target: record.name,
    })),
  }),
  naptr: async (resolver, name) => ({ records: await resolver.resolveNaptr(name) }),
};

function withTtl(records: readonly { readonly address: string; readonly ttl: number }[]): DnsAnswer<string> {
  const ttlMs = Math.min(...records.map(({ ttl }) => ttl)) * 1_000;
  return { records: records.map(({ address }) => address), ttlMs };
}

/** No such name, no such record, or a name that cannot be one: an empty answer. Other failures come back as they are. */
async function emptyIfAbsent<T>(query: () => Promise<DnsAnswer<T>>): Promise<DnsAnswer<T> | Error> {
  try {
    return await query();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOTFOUND" || code === "ENODATA" || code === "EBADNAME") return { records: [] };
    return error as Error;
  }
}

async function systemAddresses(name: string, family: 4 | 6): Promise<string[]> {
  try {
    return (await promises.lookup(name, { family, all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
