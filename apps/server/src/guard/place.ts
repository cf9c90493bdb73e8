/** Where a registration comes from, and by what: coarse enough that a phone that changes its port or its lease stays where it is. */

import { formatParts, ipParts, maskParts } from "../network/ip.ts";
import { sourceKey } from "../network/source-key.ts";
import type { Binding } from "../store/contract.ts";

/** Bits of a network that one provider or one house has: addresses within it change without anybody moving. */
const IPV4_BITS = 16;
const IPV6_BITS = 48;

/** `192.0.0.0/16`, `2001:db8:1::/48`; the text itself when it is no address. */
export function placeOf(address: string): string {
  const parts = ipParts(address.includes(":") ? sourceKey(address).replace(/\/\d+$/, "") : address);
  if (parts === undefined) return address;
  const bits = parts.length === 4 ? IPV4_BITS : IPV6_BITS;
  return `${formatParts(maskParts(parts, bits))}/${bits}`;
}

/** The address in a binding's source: `udp 192.0.2.7:51234`, `tls [2001:db8::7]:5061`. */
export function addressOfSource(source: string): string | undefined {
  const [, bracketed, plain] = /^\S+ (?:\[(.+)\]|([^[\]]+)):\d+$/.exec(source) ?? [];
  return bracketed ?? plain;
}

/** What tells devices apart. */
export type Device = Pick<Binding, "instance" | "userAgent">;

/**
 * Whether two are surely one device: they have one +sip.instance (RFC 5626 §4.1) or, where neither has any, one User-Agent. Two
 * that say nothing of themselves may be anybody's.
 */
export function isSameDevice(one: Device, other: Device): boolean {
  if (one.instance !== undefined || other.instance !== undefined) return one.instance === other.instance;
  return one.userAgent !== undefined && one.userAgent === other.userAgent;
}
