/** What a server still holds after its last transaction should be gone, as its own API tells after a garbage collection. */

import assert from "node:assert/strict";
import type { Trapezoid } from "./trapezoid.ts";
import { waitUntil } from "./wait.ts";

export interface Held {
  readonly serverTransactions: number;
  readonly clientTransactions: number;
  readonly contexts: number;
  readonly timers: number;
  /** Used heap of the signalling threads. */
  readonly heapBytes: number;
}

export async function held(server: Trapezoid): Promise<Held> {
  const { status, body } = await server.api("POST", "process/collect");
  assert.equal(status, 200);
  const { threads, total } = body as { threads: Record<string, Record<string, number>>; total: Record<string, number> };
  const workers = Object.entries(threads).filter(
    ([name]) => name.startsWith("worker") || name.startsWith("signalling"),
  );
  assert.ok(workers.length > 0, `no signalling thread among ${Object.keys(threads).join(", ")}`);
  return {
    serverTransactions: total["transactions.serverTransactions"]!,
    clientTransactions: total["transactions.clientTransactions"]!,
    contexts: total["proxy.contexts"]!,
    timers: total.timers!,
    heapBytes: workers.reduce((sum, [, stats]) => sum + stats["heap.usedBytes"]!, 0),
  };
}

/** Waits until nothing is left, for at most `withinMs`; gives what is held then. */
export async function nothingLeft(server: Trapezoid, withinMs: number): Promise<Held> {
  let last: Held | undefined;
  try {
    return await waitUntil(
      async () => {
        last = await held(server);
        const { serverTransactions, clientTransactions, contexts, timers } = last;
        return serverTransactions + clientTransactions + contexts + timers === 0 ? last : undefined;
      },
      { what: "the end of every transaction", timeoutMs: withinMs, everyMs: 500 },
    );
  } catch (error) {
    throw new Error(`still held after ${withinMs} ms: ${JSON.stringify(last)}`, { cause: error });
  }
}
