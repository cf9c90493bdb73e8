/** The store thread's work: updates from every signalling thread in one commit, questions, and the sweep. */

import type { MessagePort } from "node:worker_threads";
import { type Clock, TrapezoidError } from "@trapezoid/base";
import { Sparse } from "../../observe/sparse.ts";
import { BindingRows } from "../sqlite/binding-rows.ts";
import { openDatabase, storeError } from "../sqlite/driver.ts";
import { BindingWriter } from "./binding-writer.ts";
import { Group } from "./group.ts";
import type { StoreThreadOptions, StoreThreadStats } from "./options.ts";
import { decodeUpdates, type EncodedUpdate, encodeOutcomes, type StoreReply, type StoreRequest } from "./protocol.ts";

/** A sweep that fails does so every time; it is told of so often. */
const SWEEP_FAILURE_MS = 10_000;

interface Batch {
  readonly port: MessagePort;
  readonly updates: readonly EncodedUpdate[];
}

export interface StoreService {
  /** Serves a signalling thread until its end closes. */
  connect(port: MessagePort): void;
  stats(): StoreThreadStats;
  /** Commits what has arrived. */
  close(): void;
}

export function openStoreService(
  file: string,
  versions: SharedArrayBuffer,
  options: Required<StoreThreadOptions>,
  clock: Clock,
  onSweepFailed: (problem: string, times: number) => void = () => {},
): StoreService {
  const database = openDatabase(file, { cacheBytes: options.cacheBytes });
  if (options.maxPages > 0) database.exec(`PRAGMA max_page_count = ${options.maxPages}`);
  const rows = new BindingRows(database);
  const watchers = new Set<MessagePort>();
  const ports = new Set<MessagePort>();
  const onChanged = (aors: readonly string[]): void => {
    for (const port of watchers) port.postMessage({ type: "changed", aors } satisfies StoreReply);
  };
  const explain = (error: unknown): string =>
    (error instanceof TrapezoidError ? error : storeError(error, file)).message;
  const writer = new BindingWriter({ rows, versions, onChanged, explain });
  const group = new Group<Batch>({
    clock,
    windowMs: options.commitWindowMs,
    maxWeight: options.commitRows,
    // Every client has waited for its own window already.
    eager: true,
    work: (batches) => {
      const first = batches[0]!;
      const updates = batches.length === 1 ? first.updates : batches.flatMap((batch) => batch.updates);
      const outcomes = writer.apply(updates);
      let at = 0;
      for (const batch of batches) {
        const mine = outcomes.slice(at, at + batch.updates.length);
        at += batch.updates.length;
        batch.port.postMessage(encodeOutcomes(mine));
      }
    },
  });

  const answer = (request: Exclude<StoreRequest, string>): StoreReply | undefined => {
    if (request.type === "watch") return undefined;
    const { id } = request;
    // What was asked before is done before.
    group.flush();
    try {
      switch (request.type) {
        case "list":
          return { type: "answer", id, value: rows.live(request.aor, clock.now()) };
        case "listAll":
          return { type: "answer", id, value: rows.page(clock.now(), request) };
        case "count":
          return { type: "answer", id, value: rows.count(clock.now()) };
        case "removeAll":
          return { type: "answer", id, value: writer.removeAll(request.aor, clock.now()) };
        default:
          return request satisfies never;
      }
    } catch (error) {
      const { code, message } = error instanceof TrapezoidError ? error : storeError(error, file);
      return { type: "failed", id, code, message };
    }
  };

  const sweepFailed = new Sparse(SWEEP_FAILURE_MS);
  let sweeping: Disposable | undefined;
  const sweep = (): void => {
    let more = false;
    try {
      more = writer.sweep(clock.now(), options.sweepRows);
    } catch (error) {
      // Counted; a full disk may have room the next time.
      const times = sweepFailed.count(clock.now());
      if (times !== undefined) onSweepFailed(explain(error), times);
    }
    sweeping = clock.after(more ? options.commitWindowMs : options.sweepMs, sweep);
  };
  sweep();

  return {
    connect(port) {
      ports.add(port);
      port.on("message", (request: StoreRequest) => {
        if (typeof request === "string") {
          const updates = decodeUpdates(request);
          group.add({ port, updates }, updates.length);
          return;
        }
        if (request.type === "watch") {
          if (request.on) watchers.add(port);
          else watchers.delete(port);
        }
        const reply = answer(request);
        if (reply !== undefined) port.postMessage(reply);
      });
      port.on("close", () => {
        watchers.delete(port);
        ports.delete(port);
      });
    },
    stats: () => ({ ...writer.counters, waiting: group.weight, clients: ports.size }),
    close() {
      sweeping?.[Symbol.dispose]();
      group.flush();
      for (const port of ports) port.close();
      database.close();
    },
  };
}
