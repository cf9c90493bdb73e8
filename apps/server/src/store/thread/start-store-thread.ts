/** The supervisor's side of the store thread. */

import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { TrapezoidError } from "@trapezoid/base";
import { storeThreadFailed } from "../errors.ts";
import { createVersions } from "../versions.ts";
import { defaultStoreThreadOptions, type StoreThreadOptions, type StoreThreadStats } from "./options.ts";
import type { StoreCommand, StoreReport, StoreThreadData } from "./store-thread.ts";

export interface StoreThread {
  /** For `openLocationIndex` in every thread. */
  readonly versions: SharedArrayBuffer;
  /** A new connection, for `openBindingStore` here or (transferred) in another thread. */
  connect(): MessagePort;
  stats(): Promise<StoreThreadStats>;
  /** Resolves when the thread has ended; with an error unless `close` was called. */
  readonly ended: Promise<TrapezoidError | undefined>;
  /** Commits what has arrived and ends the thread. */
  close(): Promise<void>;
}

export interface StartStoreThreadOptions extends StoreThreadOptions {
  /** A database that has been migrated. */
  readonly file: string;
  /** Expired bindings cannot be removed: why, and how often since it was last told. */
  readonly onSweepFailed?: (problem: string, times: number) => void;
}

/** Rejects with a store error when the database cannot be opened. */
export async function startStoreThread({
  file,
  onSweepFailed,
  ...given
}: StartStoreThreadOptions): Promise<StoreThread> {
  const versions = createVersions();
  const workerData: StoreThreadData = { file, versions, options: { ...defaultStoreThreadOptions, ...given } };
  const worker = new Worker(new URL(import.meta.resolve("#store-thread")), { name: "store", workerData });
  const waiting: ((stats: StoreThreadStats) => void)[] = [];
  let closing = false;

  const ended = new Promise<TrapezoidError | undefined>((resolve) => {
    let failure: TrapezoidError | undefined;
    worker.on("error", (error) => {
      failure = storeThreadFailed.from(error, error instanceof Error ? error.message : String(error));
    });
    worker.once("exit", (code) => resolve(closing ? undefined : (failure ?? storeThreadFailed(`exit code ${code}`))));
  });
  await new Promise<void>((resolve, reject) => {
    worker.on("message", (report: StoreReport) => {
      switch (report.type) {
        case "ready":
          resolve();
          return;
        case "failed":
          closing = true;
          reject(new TrapezoidError(report.code, report.message));
          return;
        case "sweep-failed":
          onSweepFailed?.(report.problem, report.times);
          return;
        case "stats":
          waiting.shift()?.(report.stats);
          return;
        default:
          report satisfies never;
      }
    });
    ended.then((failure) => reject(failure ?? storeThreadFailed("it ended before it began")), reject);
  });

  return {
    versions,
    ended,
    connect() {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ type: "connect", port: port2 } satisfies StoreCommand, [port2]);
      return port1;
    },
    stats: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        worker.postMessage({ type: "stats" } satisfies StoreCommand);
      }),
    async close() {
      closing = true;
      worker.postMessage({ type: "close" } satisfies StoreCommand);
      await ended;
    },
  };
}
