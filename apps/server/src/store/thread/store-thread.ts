/** Entry of the store thread: the one place where bindings are written, so that no signalling thread ever waits for a disk. */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { systemClock, TrapezoidError } from "@trapezoid/base";
import { storeError } from "../sqlite/driver.ts";
import type { StoreThreadOptions, StoreThreadStats } from "./options.ts";
import { openStoreService, type StoreService } from "./store-service.ts";

export interface StoreThreadData {
  readonly file: string;
  readonly versions: SharedArrayBuffer;
  readonly options: Required<StoreThreadOptions>;
}

/** Supervisor → thread. */
export type StoreCommand =
  | { readonly type: "connect"; readonly port: MessagePort }
  | { readonly type: "stats" }
  | { readonly type: "close" };

/** Thread → supervisor. */
export type StoreReport =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "sweep-failed"; readonly problem: string; readonly times: number }
  | { readonly type: "stats"; readonly stats: StoreThreadStats };

function run(supervisor: MessagePort, { file, versions, options }: StoreThreadData): void {
  const report = (message: StoreReport): void => supervisor.postMessage(message);
  let service: StoreService;
  try {
    service = openStoreService(file, versions, options, systemClock, (problem, times) =>
      report({ type: "sweep-failed", problem, times }),
    );
  } catch (error) {
    const { code, message } = error instanceof TrapezoidError ? error : storeError(error, file);
    report({ type: "failed", code, message });
    supervisor.close();
    return;
  }
  supervisor.on("message", (command: StoreCommand) => {
    switch (command.type) {
      case "connect":
        service.connect(command.port);
        return;
      case "stats":
        report({ type: "stats", stats: service.stats() });
        return;
      case "close":
        service.close();
        supervisor.close();
        return;
      default:
        command satisfies never;
    }
  });
  report({ type: "ready" });
}

if (parentPort !== null) run(parentPort, workerData as StoreThreadData);
