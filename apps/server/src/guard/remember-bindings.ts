/** At the start: the sources of registered contacts are known before anybody is heard, so that a restart limits no phone. */

import { sourceKey } from "../network/source-key.ts";
import type { Binding, BindingStore } from "../store/contract.ts";
import { ExpiryTable } from "./expiry-table.ts";
import { residence } from "./guard.ts";
import type { GuardMemory } from "./open-guard.ts";
import { SourceTable, Until } from "./source-table.ts";

/** Addresses that are read at a time. */
const PAGE = 500;

export async function rememberBindings(
  store: Pick<BindingStore, "listAll">,
  memory: GuardMemory,
  now: number,
): Promise<void> {
  const noRates = { requests: 0, knownRequests: 0, failures: 0, garbage: 0, dropped: 0 };
  const sources = new SourceTable(memory.sources, noRates);
  const residents = new ExpiryTable(memory.residents);
  for (let after = ""; ; ) {
    const page: readonly Binding[] = await store.listAll({ limit: PAGE, after });
    for (const { aor, source, expiresAt } of page) {
      const address = addressOf(source);
      if (address === undefined) continue;
      const key = sourceKey(address);
      sources.mark(sources.find(key, now), Until.bound, expiresAt);
      residents.set(residence(aor, key), expiresAt);
    }
    const last = page[page.length - 1];
    if (last === undefined) return;
    after = last.aor;
  }
}

/** The address in `udp 192.0.2.7:51234`, `tls [2001:db8::7]:5061`. */
function addressOf(source: string): string | undefined {
  const [, bracketed, plain] = /^\S+ (?:\[(.+)\]|([^[\]]+)):\d+$/.exec(source) ?? [];
  return bracketed ?? plain;
}
