/** Bindings in memory: for tests of what stands on a `BindingStore`. Nothing here is durable. */

import { type Clock, systemClock } from "@trapezoid/base";
import { applyUpdate } from "../apply-update.ts";
import type { Binding, BindingOutcome, BindingStore, BindingUpdate } from "../contract.ts";

export interface MemoryBindingStore extends BindingStore {
  /** Live bindings, at once: a `LocationIndex` over them is one line. */
  lookup(aor: string): readonly Binding[];
  /** What the next updates end with, until it is set to `undefined`: a full disk for tests. */
  failWith: string | undefined;
}

export function createMemoryBindingStore(clock: Clock = systemClock): MemoryBindingStore {
  const table = new Map<string, readonly Binding[]>();
  const listeners = new Set<(aor: string) => void>();
  const lookup = (aor: string): readonly Binding[] =>
    (table.get(aor) ?? []).filter((binding) => binding.expiresAt > clock.now());
  const set = (aor: string, bindings: readonly Binding[]): void => {
    if (bindings.length === 0) table.delete(aor);
    else table.set(aor, bindings);
    for (const listener of [...listeners]) listener(aor);
  };
  const applyOne = (update: BindingUpdate): BindingOutcome => {
    if (store.failWith !== undefined) return { ok: false, reason: "storage", message: store.failWith };
    const { outcome, changed } = applyUpdate(table.get(update.aor) ?? [], update);
    if (outcome.ok && changed) set(update.aor, outcome.bindings);
    return outcome;
  };
  const store: MemoryBindingStore = {
    failWith: undefined,
    lookup,
    apply: async (updates) => updates.map(applyOne),
    submit(update, done) {
      const outcome = applyOne(update);
      queueMicrotask(() => done(outcome));
    },
    list: async (aor) => lookup(aor),
    listAll: async ({ limit = 1_000, after = "" } = {}) =>
      [...table.keys()]
        .filter((aor) => aor > after)
        .sort()
        .slice(0, limit)
        .flatMap((aor) => [...lookup(aor)]),
    count: async () => [...table.keys()].reduce((count, aor) => count + lookup(aor).length, 0),
    async removeAll(aor) {
      const removed = lookup(aor).length;
      if (table.has(aor)) set(aor, []);
      return removed;
    },
    watch(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => listeners.delete(listener) };
    },
    close() {
      listeners.clear();
    },
  };
  return store;
}
