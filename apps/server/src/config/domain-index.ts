/** Which of our domains a host and port stand for: every alias of the server is its primary domain. */

import { isIP } from "node:net";
import { URL } from "node:url";
import type { DomainSettings } from "./types.ts";

/** `domainOf` of the configuration. A port that nobody here listens on is somebody else's server on the same host. */
export function createDomainIndex(
  domains: ReadonlyMap<string, DomainSettings>,
  aliases: Iterable<string>,
  ownPorts: ReadonlySet<number>,
): (host: string, port?: number) => DomainSettings | undefined {
  const primary = [...domains.values()][0]!;
  const index = new Map<string, DomainSettings>();
  for (const alias of aliases) index.set(alias, primary);
  for (const [name, settings] of domains) index.set(name, settings);
  return (host, port) => {
    if (port !== undefined && !ownPorts.has(port)) return undefined;
    return index.get(host) ?? index.get(canonicalHost(host));
  };
}

/** Lower case, no final dot; IPv6 without brackets, in its shortest form. */
export function canonicalHost(host: string): string {
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  if (!bare.includes(":")) return bare.endsWith(".") ? bare.slice(0, -1).toLowerCase() : bare.toLowerCase();
  return isIP(bare) === 6 ? new URL(`http://[${bare.replace(/%.*$/, "")}]`).hostname.slice(1, -1) : bare;
}
