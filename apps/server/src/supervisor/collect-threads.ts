/** Asks every thread for its numbers. One that does not answer is left out: the others' numbers are worth having. */

import type { Logger } from "../observe/logger.ts";
import type { ThreadStats } from "../observe/metrics.ts";
import type { StoreThread } from "../store/index.ts";
import { collectGarbage, collectStats } from "../worker/worker-stats.ts";
import { threadSilent } from "./errors.ts";
import type { WorkerThread } from "./worker-thread.ts";

const answerTimeoutMs = 10_000;

export interface CollectedThreads {
  readonly workers: readonly Pick<WorkerThread, "name" | "stats">[];
  readonly store: Pick<StoreThread, "stats">;
  /** Counters of the main thread, by what counts: its WebSocket edge, its HTTP server, the bans. */
  readonly main: () => Readonly<Record<string, object>>;
}

/** `collect`: after a garbage collection of each thread that keeps state. */
export async function collectThreads(
  threads: CollectedThreads,
  collect: boolean,
  log: Logger,
): Promise<readonly ThreadStats[]> {
  const asked: readonly (readonly [string, Promise<Readonly<Record<string, number>>>])[] = [
    ...threads.workers.map((worker) => [worker.name, worker.stats(collect)] as const),
    ["store", inTime(threads.store.stats()).then((stats) => prefixed("store", stats))],
    ["main", mainStats(threads.main(), collect)],
  ];
  const answers = await Promise.allSettled(asked.map(([, answer]) => answer));
  return answers.flatMap((answer, index) => {
    const thread = asked[index]![0];
    if (answer.status === "fulfilled") return [{ thread, stats: answer.value }];
    log.warn("a thread did not tell its numbers", { thread, error: answer.reason });
    return [];
  });
}

async function mainStats(
  counters: Readonly<Record<string, object>>,
  collect: boolean,
): Promise<Readonly<Record<string, number>>> {
  if (collect) collectGarbage();
  return collectStats(counters);
}

/** Rejects when a thread is too busy, or gone. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(threadSilent("store", "stats", answerTimeoutMs)), answerTimeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function prefixed(prefix: string, stats: object): Readonly<Record<string, number>> {
  const numbers = Object.entries(stats).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return Object.fromEntries(numbers.map(([name, value]) => [`${prefix}.${name}`, value]));
}
