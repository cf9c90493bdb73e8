/** Sorts the entries of `trust`: addresses and networks, trunks by name, peers by the name their certificate proves. */

import { isIP } from "node:net";
import { err, ok, type Result } from "@trapezoid/base";
import type { TrustSettings } from "./types.ts";

/** `entries` of `trust` beside every trunk's name. The error says which entry is wrong. */
export function parseTrust(entries: readonly string[], trunkNames: readonly string[]): Result<TrustSettings, string> {
  const networks = new Set<string>();
  const names = new Set<string>();
  const trunks = new Set<string>();
  for (const entry of entries) {
    if (trunkNames.includes(entry)) trunks.add(entry);
    else if (isNetwork(entry)) networks.add(entry);
    else if (isCertificateName(entry)) names.add(entry.toLowerCase());
    else {
      return err(
        `"${entry}" is no address (192.0.2.7), no network (10.0.0.0/8), no trunk of this configuration and no certificate name (sip.example.com)`,
      );
    }
  }
  return ok({ networks: [...networks], names: [...names], trunks: [...trunks] });
}

/** An address or a CIDR range, IPv4 or IPv6. */
export function isNetwork(entry: string): boolean {
  const slash = entry.indexOf("/");
  const family = isIP(slash === -1 ? entry : entry.slice(0, slash));
  if (family === 0) return false;
  if (slash === -1) return true;
  const bits = entry.slice(slash + 1);
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

function isCertificateName(entry: string): boolean {
  return /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(entry) && !/^[\d.]+$/.test(entry);
}
