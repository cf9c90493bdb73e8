/** Fails a test that leaves a timer, a transaction, a connection's listener or a packet behind. */

import assert from "node:assert/strict";
import type { FakeClock } from "./fake-clock.ts";
import type { VirtualNetwork } from "./virtual-network.ts";
import type { VirtualTransport } from "./virtual-transport.ts";

export interface LeakCheckParts {
  readonly clock?: FakeClock;
  readonly wheels?: readonly { readonly size: number }[];
  /** Transaction layers. */
  readonly layers?: readonly {
    readonly counters: { readonly serverTransactions: number; readonly clientTransactions: number };
  }[];
  readonly network?: VirtualNetwork;
  readonly transports?: readonly VirtualTransport[];
  /** Anything else that must be 0, by name. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** One failure that names everything left over. */
export function leakCheck(parts: LeakCheckParts): void {
  const left: string[] = [];
  const expectNone = (count: number, what: string): void => {
    if (count !== 0) left.push(`${count} ${what}`);
  };
  for (const { counters } of parts.layers ?? []) {
    expectNone(counters.serverTransactions, "server transactions");
    expectNone(counters.clientTransactions, "client transactions");
  }
  for (const wheel of parts.wheels ?? []) expectNone(wheel.size, "timers on a wheel");
  for (const transport of parts.transports ?? []) {
    for (const connection of transport.connections) {
      expectNone(connection.closeListeners, `listeners for the end of connection ${connection.id}`);
    }
  }
  if (parts.network !== undefined) expectNone(parts.network.inFlight, "packets in flight");
  if (parts.clock !== undefined) expectNone(parts.clock.pending, "callbacks of the clock");
  for (const [what, count] of Object.entries(parts.counts ?? {})) expectNone(count, what);
  if (left.length > 0) assert.fail(`left over: ${left.join(", ")}`);
}
