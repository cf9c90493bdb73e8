/** What a source is counted by: an IPv4 address, or the /64 of an IPv6 one, within which a subscriber has all addresses to itself. */

import { formatParts, ipParts, maskParts } from "./ip.ts";

/** IPv6 addresses whose key is kept: finding it takes a microsecond. */
const REMEMBERED = 4096;

/** IPv6: the bits that one subscriber is given (RFC 6177, RFC 4291 §2.5.1). */
const SUBSCRIBER_BITS = 64;

/** Keys of addresses, as the system writes these: `192.0.2.7`, `2001:db8:1:2::/64`. One for each thread. */
export class SourceKeys {
  readonly #keys = new Map<string, string>();

  of(address: string): string {
    if (!address.includes(":")) return address;
    let key = this.#keys.get(address);
    if (key === undefined) {
      key = sourceKey(address);
      if (this.#keys.size >= REMEMBERED) this.#keys.clear();
      this.#keys.set(address, key);
    }
    return key;
  }
}

export function sourceKey(address: string): string {
  if (!address.includes(":")) return address;
  const parts = ipParts(address);
  if (parts === undefined) return address;
  // An IPv4 peer of an IPv6 socket is an IPv4 peer.
  if (parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff) {
    return formatParts([parts[6]! >> 8, parts[6]! & 255, parts[7]! >> 8, parts[7]! & 255]);
  }
  return `${formatParts(maskParts(parts, SUBSCRIBER_BITS))}/${SUBSCRIBER_BITS}`;
}

/** Whether a ban of this text is found by a source's key alone. */
export function isSourceKey(text: string): boolean {
  return text.includes(":") ? text.endsWith(`/${SUBSCRIBER_BITS}`) : !text.includes("/");
}
