/** At the start: where contacts are registered from is known before anybody is heard, so that a restart limits no phone, and finds none unusual. */

import { sourceKey } from "../network/source-key.ts";
import type { Binding, BindingStore } from "../store/contract.ts";
import { ExpiryTable } from "./expiry-table.ts";
import { residence } from "./guard.ts";
import type { GuardMemory } from "./open-guard.ts";
import { addressOfSource, placeOf } from "./place.ts";
import { SourceTable, Until } from "./source-table.ts";
import { placeFact } from "./takeover-watch.ts";

/** Addresses that are read at a time. */
const PAGE = 500;

export async function rememberBindings(
  store: Pick<BindingStore, "listAll">,
  memory: GuardMemory,
  rememberMs: number,
  now: number,
): Promise<void> {
  const noRates = { requests: 0, knownRequests: 0, failures: 0, garbage: 0, dropped: 0 };
  const sources = new SourceTable(memory.sources, noRates);
  const residents = new ExpiryTable(memory.residents);
  const places = new ExpiryTable(memory.places);
  for (let after = ""; ; ) {
    const page: readonly Binding[] = await store.listAll({ limit: PAGE, after });
    for (const { aor, source, expiresAt } of page) {
      const address = addressOfSource(source);
      if (address === undefined) continue;
      const key = sourceKey(address);
      sources.mark(sources.find(key, now), Until.bound, expiresAt);
      residents.set(residence(aor, key), expiresAt);
      places.set(placeFact(aor, placeOf(address)), now + rememberMs);
    }
    const last = page[page.length - 1];
    if (last === undefined) return;
    after = last.aor;
  }
}
