/** The pool's side of one media thread: calls with answers, events to their sessions, its end. */

import { Worker } from "node:worker_threads";
import { TrapezoidError } from "@trapezoid/base";
import type { RetainedSecrets, ZrtpCacheChange } from "@trapezoid/rtp";
import { threadEnded } from "../errors.ts";
import type { MediaCommand, MediaReport, MediaThreadData } from "./contract.ts";

interface Waiter {
  readonly resolve: (report: MediaReport & { readonly type: "done" }) => void;
  readonly reject: (error: Error) => void;
}

type WithoutCall<C> = C extends { readonly call: number } ? Omit<C, "call"> : never;

export interface ThreadHandlers {
  event(report: MediaReport & { readonly type: "event" }): void;
  /** Answered by `found`. */
  lookup(lookup: number, peer: string): void;
  change(change: ZrtpCacheChange): void;
  /** `why` unless it was asked to close. */
  ended(why: string | undefined): void;
}

/** Young generation of a media thread: a packet is dead long before it would be moved. */
const youngGenerationMb = 32;
const closeTimeoutMs = 5_000;

export class ThreadLink {
  readonly #worker: Worker;
  readonly #waiters = new Map<number, Waiter>();
  readonly #ready: Promise<void>;
  readonly #ended: Promise<void>;
  #lastCall = 0;
  #closing = false;
  #wasReady = false;
  #failure: string | undefined;

  constructor(data: MediaThreadData, handlers: ThreadHandlers) {
    this.#worker = new Worker(new URL(import.meta.resolve("#media-thread")), {
      name: `media-${data.thread}`,
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    });
    let becomeReady: () => void;
    this.#ready = new Promise((resolve) => {
      becomeReady = resolve;
    });
    this.#worker.on("message", (report: MediaReport) => {
      if (report.type === "ready") {
        this.#wasReady = true;
        becomeReady();
      } else if (report.type === "event") handlers.event(report);
      else if (report.type === "zrtpLookup") handlers.lookup(report.lookup, report.peer);
      else if (report.type === "zrtpChange") handlers.change(report.change);
      else this.#answer(report);
    });
    this.#worker.on("error", (error) => {
      this.#failure = error instanceof Error ? error.message : String(error);
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once("exit", (code) => {
        const why = this.#closing ? undefined : (this.#failure ?? `exit code ${code}`);
        this.#failure ??= "it was closed";
        for (const waiter of this.#waiters.values()) waiter.reject(threadEnded(this.#failure));
        this.#waiters.clear();
        handlers.ended(why);
        resolve();
      });
    });
  }

  /** Whether it ever came up: one that did not would not the next time. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  get hasEnded(): boolean {
    return this.#failure !== undefined;
  }

  /** Rejects with `MEDIA_THREAD_ENDED` when it does not come up. */
  async ready(): Promise<void> {
    await Promise.race([this.#ready, this.#ended.then(() => this.#throwEnded())]);
  }

  /** Rejects with what the thread says, or with `MEDIA_THREAD_ENDED`. */
  call(command: WithoutCall<MediaCommand>): Promise<MediaReport & { readonly type: "done" }> {
    if (this.#failure !== undefined) return Promise.reject(threadEnded(this.#failure));
    const call = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#waiters.set(call, { resolve, reject });
      this.#worker.postMessage({ ...command, call });
    });
  }

  /** Ends its sessions and then the thread; one that does not end is stopped. Never rejects. */
  async close(): Promise<void> {
    if (!this.#closing && this.#failure === undefined)
      this.#worker.postMessage({ type: "close" } satisfies MediaCommand);
    this.#closing = true;
    const stop = setTimeout(() => void this.#worker.terminate(), closeTimeoutMs);
    await this.#ended;
    clearTimeout(stop);
  }

  /** What was looked up for the thread. */
  found(lookup: number, found: RetainedSecrets | undefined): void {
    this.#worker.postMessage({ type: "zrtpFound", lookup, found } satisfies MediaCommand);
  }

  #answer(report: MediaReport & { readonly type: "done" | "failed" }): void {
    const waiter = this.#waiters.get(report.call);
    this.#waiters.delete(report.call);
    if (report.type === "done") waiter?.resolve(report);
    else if (report.code === undefined) waiter?.reject(new TypeError(report.message));
    else waiter?.reject(new TrapezoidError(report.code, report.message));
  }

  #throwEnded(): never {
    throw threadEnded(this.#failure ?? "it was closed");
  }
}
