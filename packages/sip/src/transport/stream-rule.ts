/** When a request is too large for UDP. RFC 3261 §18.1.1. */

import type { TransportKind } from "./contract.ts";

/** Used where the path MTU is not known. */
export const unknownMtuBytes = 1300;
/** Kept free below a known path MTU, for the response, which may be larger. */
export const mtuMarginBytes = 200;

/**
 * Whether a request of `bytes` octets that would go over `kind` must use a congestion-controlled transport instead. What
 * follows is the layer above's: it takes the same next hop over TCP (TLS for sips), writing the topmost Via anew; if the
 * connection is refused (ICMP, RST, time-out of the connect), it sends over UDP after all, as §18.1.1 tells it to, since a
 * peer of RFC 2543 may know UDP alone. Never for responses, and, by design, never for a binding reached over the flow it
 * registered on: a phone behind NAT cannot be reached any other way.
 */
export function shouldUseStream(bytes: number, kind: TransportKind, mtuBytes?: number): boolean {
  if (kind !== "udp") return false;
  return mtuBytes === undefined ? bytes > unknownMtuBytes : bytes > mtuBytes - mtuMarginBytes;
}
