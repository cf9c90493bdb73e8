/** Accounts in memory: for tests, and for programs that keep none. */

import type { Account, AccountStore } from "../contract.ts";
import { accountExists } from "../errors.ts";

export function createMemoryAccountStore(): AccountStore {
  const accounts = new Map<string, Account>();
  const listeners = new Set<(address: string | undefined) => void>();
  const changed = (address: string | undefined): void => {
    for (const listener of [...listeners]) listener(address);
  };
  return {
    get: async (address) => accounts.get(address),
    list: async ({ limit = 1_000, after = "" } = {}) =>
      [...accounts.keys()]
        .filter((address) => address > after)
        .sort()
        .slice(0, limit)
        .map((address) => accounts.get(address)!),
    count: async () => accounts.size,
    async add(account) {
      if (accounts.has(account.address)) throw accountExists(account.address);
      accounts.set(account.address, account);
      changed(account.address);
    },
    async addMany(added) {
      for (const { address } of added) if (accounts.has(address)) throw accountExists(address);
      for (const account of added) accounts.set(account.address, account);
      changed(undefined);
    },
    async update(account) {
      if (!accounts.has(account.address)) return false;
      accounts.set(account.address, account);
      changed(account.address);
      return true;
    },
    async remove(address) {
      if (!accounts.delete(address)) return false;
      changed(address);
      return true;
    },
    watch(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => listeners.delete(listener) };
    },
  };
}
