/** The name of a UDP flow: both its endpoints, in the alphabet that a URI's user part, a token and a file name can hold. */

import { formatIp, parseIp } from "@trapezoid/stun";
import type { Endpoint } from "./contract.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const digitOf = new Int16Array(128).fill(-1);
for (let value = 0; value < 64; value++) digitOf[alphabet.charCodeAt(value)] = value;

// u + base64url of: local address, local port, remote address, remote port. 17 characters for IPv4, 49 for IPv6.

/** Both endpoints of one family. The zone of a link-local address is lost. */
export function udpFlowId(local: Endpoint, remote: Endpoint): string {
  const from = parseIp(local.address);
  const to = parseIp(remote.address);
  if (from === undefined || to === undefined || from.length !== to.length) {
    throw new TypeError(`no flow between ${local.address} and ${remote.address}`);
  }
  const size = from.length;
  const octets = new Uint8Array(size * 2 + 4);
  octets.set(from);
  octets[size] = local.port >> 8;
  octets[size + 1] = local.port & 255;
  octets.set(to, size + 2);
  octets[size * 2 + 2] = remote.port >> 8;
  octets[size * 2 + 3] = remote.port & 255;
  let id = "u";
  for (let at = 0; at < octets.length; at += 3) {
    const bits = (octets[at]! << 16) | (octets[at + 1]! << 8) | octets[at + 2]!;
    id += alphabet[bits >> 18]! + alphabet[(bits >> 12) & 63]! + alphabet[(bits >> 6) & 63]! + alphabet[bits & 63]!;
  }
  return id;
}

/** The endpoints that a UDP flow's id names; `undefined` for anything else. */
export function parseUdpFlowId(id: string): { readonly local: Endpoint; readonly remote: Endpoint } | undefined {
  const size = id.length === 17 ? 4 : id.length === 49 ? 16 : 0;
  if (size === 0 || id.charCodeAt(0) !== 117) return undefined;
  const octets = new Uint8Array(size * 2 + 4);
  for (let at = 1, to = 0; at < id.length; at += 4, to += 3) {
    let bits = 0;
    for (let i = 0; i < 4; i++) {
      const value = digitOf[id.charCodeAt(at + i)] ?? -1;
      if (value === -1) return undefined;
      bits = (bits << 6) | value;
    }
    octets[to] = bits >> 16;
    octets[to + 1] = (bits >> 8) & 255;
    octets[to + 2] = bits & 255;
  }
  return {
    local: { address: formatIp(octets.subarray(0, size)), port: (octets[size]! << 8) | octets[size + 1]! },
    remote: {
      address: formatIp(octets.subarray(size + 2, size * 2 + 2)),
      port: (octets[size * 2 + 2]! << 8) | octets[size * 2 + 3]!,
    },
  };
}
