/** What the configuration needs to know of the machine: read once, so that resolving is a pure function. */

import { hostname, networkInterfaces } from "node:os";
import { dirname } from "node:path";

export interface HostInfo {
  readonly hostName: string;
  /** Of every interface, loopback included; IPv6 without brackets and zone. */
  readonly addresses: readonly string[];
  /** Absolute path. */
  readonly dataFolder: string;
  /** Absolute path that relative files of the configuration start at. */
  readonly configFolder: string;
}

export function readHostInfo(dataFolder: string, configFile: string | undefined): HostInfo {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
  return {
    hostName: hostname(),
    addresses: [...new Set(addresses.map((address) => address.replace(/%.*$/, "")))],
    dataFolder,
    configFolder: configFile === undefined ? process.cwd() : dirname(configFile),
  };
}
