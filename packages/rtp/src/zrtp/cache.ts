/** Where secrets of earlier calls are remembered, by the ZID of the other side. RFC 6189 §4.9. */

import type { ZrtpEffect } from "./effects.ts";
import type { RetainedSecrets } from "./retained-secrets.ts";

export type ZrtpCacheChange = Extract<ZrtpEffect, { readonly kind: "remember" | "expire" | "verified" }>;

/** A cache belongs to one ZID. Where it cannot be read or written, calls go on without memory: nothing here rejects. */
export interface ZrtpCache {
  /** 12 octets: ours. */
  readonly zid: Uint8Array;
  /** `peer` is the other side's ZID in hexadecimal digits. What has expired is not found. */
  lookup(peer: string): Promise<RetainedSecrets | undefined>;
  update(change: ZrtpCacheChange): void;
}

export interface CachedPeer extends RetainedSecrets {
  /** Milliseconds since the epoch; `undefined`: never. */
  readonly expiresAt: number | undefined;
}

const forEver = 0xffffffff;

/** What is remembered after a change; `undefined`: nothing any more. */
export function changedPeer(
  before: CachedPeer | undefined,
  change: ZrtpCacheChange,
  nowMs: number,
): CachedPeer | undefined {
  switch (change.kind) {
    case "remember":
      // §4.6.1: rs1 becomes rs2, in case the other side has not come as far as we have.
      return {
        rs1: change.secret,
        rs2: before?.rs1,
        verified: change.verified,
        expiresAt: change.seconds === forEver ? undefined : nowMs + change.seconds * 1_000,
      };
    case "expire":
      return before === undefined ? undefined : { ...before, expiresAt: nowMs };
    case "verified":
      // §7.1: a string that differs means that somebody is in the middle, and knows the secret.
      return before === undefined || !change.verified ? undefined : { ...before, verified: true };
    default:
      return change satisfies never;
  }
}

export function isExpired({ expiresAt }: CachedPeer, nowMs: number): boolean {
  return expiresAt !== undefined && expiresAt <= nowMs;
}

/** A cache that lasts as long as the process. `maxPeers`: the ones that were longest unused go. Default 10,000. */
export function createZrtpCache(zid: Uint8Array, now: () => number = Date.now, maxPeers = 10_000): ZrtpCache {
  const peers = new Map<string, CachedPeer>();
  return {
    zid,
    async lookup(peer) {
      const found = peers.get(peer);
      if (found === undefined || isExpired(found, now())) return undefined;
      return found;
    },
    update(change) {
      const changed = changedPeer(peers.get(change.peer), change, now());
      // What was used last is last.
      peers.delete(change.peer);
      if (changed !== undefined) peers.set(change.peer, changed);
      if (peers.size > maxPeers) peers.delete(peers.keys().next().value!);
    },
  };
}
