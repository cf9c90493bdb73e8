/** Counters of a worker as one flat table: `transport.received`, `transactions.serverTransactions`, `timers`. */

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { WorkerStats } from "./contract.ts";

type Counted = number | object;

/** Nested counters become dotted names; anything but numbers is left out. */
export function collectStats(sources: Readonly<Record<string, Counted>>): WorkerStats {
  const stats: Record<string, number> = {};
  for (const [name, source] of Object.entries(sources)) flatten(stats, name, source);
  const heap = getHeapStatistics();
  stats["heap.usedBytes"] = heap.used_heap_size;
  stats["heap.totalBytes"] = heap.total_heap_size;
  stats["heap.externalBytes"] = heap.external_memory;
  return stats;
}

function flatten(stats: Record<string, number>, name: string, value: unknown): void {
  if (typeof value === "number") stats[name] = value;
  else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) flatten(stats, `${name}.${key}`, part);
  }
}

/** For how long the calling thread has been on a processor; milliseconds. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Collects garbage now, in the calling thread: for leak checks, which compare the heap after collections. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
}
