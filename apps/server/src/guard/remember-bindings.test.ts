import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandomOctets } from "@trapezoid/testkit";
import { sampleBinding, sampleUpdate } from "../store/contract-suite.ts";
import { createMemoryBindingStore } from "../store/memory/memory-binding-store.ts";
import { ExpiryTable } from "./expiry-table.ts";
import { residence } from "./guard.ts";
import { createGuardMemory } from "./open-guard.ts";
import { rememberBindings } from "./remember-bindings.ts";
import { SourceTable } from "./source-table.ts";
import { placeFact } from "./takeover-watch.ts";

test("after a restart the sources of contacts are good, their accounts live there, and their networks are usual", async () => {
  const store = createMemoryBindingStore();
  for (let i = 0; i < 1_200; i++) {
    const aor = `user${i}@example.com`;
    await store.apply([sampleUpdate([sampleBinding({ aor, source: `udp 10.0.${i >> 8}.${i & 255}:5060` })])]);
  }
  await store.apply([sampleUpdate([sampleBinding({ aor: "v6@example.com", source: "tls [2001:db8:1:2::7]:5061" })])]);
  const memory = createGuardMemory(16_384, createRandomOctets(1));
  const now = Date.now();
  await rememberBindings(store, memory, 86_400_000, now);
  const rates = { requests: 1, knownRequests: 1, failures: 1, garbage: 1, dropped: 1 };
  const sources = new SourceTable(memory.sources, rates);
  const residents = new ExpiryTable(memory.residents);
  const places = new ExpiryTable(memory.places);
  for (const [account, key, place] of [
    ["user0@example.com", "10.0.0.0", "10.0.0.0/16"],
    ["user1199@example.com", "10.0.4.175", "10.0.0.0/16"],
    ["v6@example.com", "2001:db8:1:2::/64", "2001:db8:1::/48"],
  ] as const) {
    const record = sources.peek(key, now);
    assert.ok(record !== -1 && sources.isGood(record, now), key);
    assert.equal(sources.isGood(record, now + 700_000), false, "until the contact ends");
    assert.equal(residents.has(residence(account, key), now), true);
    assert.equal(places.has(placeFact(account, place), now), true);
  }
  assert.equal(sources.peek("10.0.9.9", now), -1);
});
