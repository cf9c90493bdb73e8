/** Bans in memory: for tests of what stands on a `BanStore`. Nothing here is durable. */

import type { Ban, BanStore } from "../contract.ts";

export function createMemoryBanStore(): BanStore {
  const bans = new Map<string, Ban>();
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  return {
    get: async (subject) => bans.get(subject),
    list: async ({ at, limit = 1_000, after = "" }) =>
      [...bans.values()]
        .filter(({ subject, until }) => subject > after && (until === undefined || until > at))
        .sort((a, b) => (a.subject < b.subject ? -1 : 1))
        .slice(0, limit),
    async put(given) {
      for (const ban of given) bans.set(ban.subject, ban);
      if (given.length > 0) tell();
    },
    async remove(subject) {
      const removed = bans.delete(subject);
      if (removed) tell();
      return removed;
    },
    async prune(endedBefore) {
      const size = bans.size;
      for (const { subject, until } of [...bans.values()]) {
        if (until !== undefined && until < endedBefore) bans.delete(subject);
      }
      return size - bans.size;
    },
    watch(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => listeners.delete(listener) };
    },
  };
}
