/** Addresses as numbers, networks as text: what bans and lists are written in. RFC 4291 §2.2, RFC 5952, RFC 4632. */

import { isIP } from "node:net";

/** The eight groups of an IPv6 address, or the four octets of an IPv4 one; `undefined` when it is neither. A zone is left out. */
export function ipParts(address: string): number[] | undefined {
  const zone = address.indexOf("%");
  const plain = zone === -1 ? address : address.slice(0, zone);
  const family = isIP(plain);
  if (family === 4) return plain.split(".").map(Number);
  if (family === 0) return undefined;
  const [head = "", tail] = plain.split("::");
  const before = groups(head);
  if (tail === undefined) return before;
  const after = groups(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}

/** What `ipParts` made, as text in the form of RFC 5952. */
export function formatParts(parts: readonly number[]): string {
  if (parts.length === 4) return parts.join(".");
  // RFC 5952 §4.2: the longest run of zeros, of two or more, the first of several.
  let best = -1;
  let length = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && parts[end] === 0) end++;
    if (end - start > length) {
      best = start;
      length = end - start;
    }
  }
  const hex = parts.map((part) => part.toString(16));
  return best === -1 ? hex.join(":") : `${hex.slice(0, best).join(":")}::${hex.slice(best + length).join(":")}`;
}

/** The first `bits` bits of an address, the rest zero. */
export function maskParts(parts: readonly number[], bits: number): number[] {
  const width = parts.length === 4 ? 8 : 16;
  return parts.map((part, index) => {
    const kept = Math.min(width, Math.max(0, bits - index * width));
    return part & ~((1 << (width - kept)) - 1);
  });
}

/** `198.51.100.7/24` → `198.51.100.0/24`, `2001:DB8::1` → `2001:db8::1`; `undefined` when it is neither address nor network. */
export function canonicalNetwork(text: string): string | undefined {
  const slash = text.indexOf("/");
  const parts = ipParts(slash === -1 ? text : text.slice(0, slash));
  if (parts === undefined) return undefined;
  const whole = parts.length === 4 ? 32 : 128;
  if (slash === -1) return formatParts(parts);
  const bits = Number(text.slice(slash + 1));
  if (!/^\d{1,3}$/.test(text.slice(slash + 1)) || bits > whole) return undefined;
  return bits === whole ? formatParts(parts) : `${formatParts(maskParts(parts, bits))}/${bits}`;
}
