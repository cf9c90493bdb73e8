/** A signalling thread's end of the store thread: updates go over in batches, and come back when they are on the disk. */

import type { MessagePort } from "node:worker_threads";
import { type Clock, systemClock, TrapezoidError } from "@trapezoid/base";
import type { Binding, BindingOutcome, BindingStore, BindingUpdate } from "../contract.ts";
import { storeThreadFailed } from "../errors.ts";
import { Group } from "./group.ts";
import { decodeOutcomes, encodeUpdates, type StoreReply, type StoreRequest } from "./protocol.ts";

export interface BindingStoreOptions {
  readonly clock?: Clock;
  /** How long an update waits for others to go with it in one message. Default 5, the thread's commit window. */
  readonly windowMs?: number;
  /** Updates sent at once, whatever the time. Default 500. */
  readonly maxBatch?: number;
  /** Updates that wait for their commit; beyond it they end with `storage` at once. Default 20,000. */
  readonly maxWaiting?: number;
}

/** `port` comes from `StoreThread.connect`, here or transferred from the supervisor. */
export function openBindingStore(port: MessagePort, options: BindingStoreOptions = {}): BindingStore {
  return new ThreadBindingStore(port, options);
}

interface Batch {
  readonly updates: readonly BindingUpdate[];
  readonly done: readonly ((outcome: BindingOutcome) => void)[];
}

interface Waiting {
  readonly update: BindingUpdate;
  readonly done: (outcome: BindingOutcome) => void;
}

interface Question {
  readonly resolve: (value: never) => void;
  readonly reject: (error: TrapezoidError) => void;
}

class ThreadBindingStore implements BindingStore {
  readonly #port: MessagePort;
  readonly #group: Group<Waiting>;
  readonly #maxWaiting: number;
  /** Sent, oldest first: the thread answers in order. */
  readonly #sent: Batch[] = [];
  readonly #questions = new Map<number, Question>();
  readonly #listeners = new Set<(aor: string) => void>();
  #inFlight = 0;
  #lastId = 0;
  #closed = false;

  constructor(port: MessagePort, options: BindingStoreOptions) {
    const { clock = systemClock, windowMs = 5, maxBatch = 500, maxWaiting = 20_000 } = options;
    this.#port = port;
    this.#maxWaiting = maxWaiting;
    this.#group = new Group({ clock, windowMs, maxWeight: maxBatch, work: (items) => this.#send(items) });
    port.on("message", (reply: StoreReply) => this.#receive(reply));
    port.on("close", () => this.close());
  }

  submit(update: BindingUpdate, done: (outcome: BindingOutcome) => void): void {
    if (this.#closed || this.#group.weight + this.#inFlight >= this.#maxWaiting) {
      const outcome = storageFailure(this.#closed ? "the store has been closed" : "the store is too far behind");
      queueMicrotask(() => done(outcome));
      return;
    }
    this.#group.add({ update, done });
  }

  apply(updates: readonly BindingUpdate[]): Promise<readonly BindingOutcome[]> {
    return Promise.all(updates.map((update) => new Promise<BindingOutcome>((resolve) => this.submit(update, resolve))));
  }

  list(aor: string): Promise<readonly Binding[]> {
    return this.#ask((id) => ({ type: "list", id, aor }));
  }

  listAll({ limit, after }: { limit?: number; after?: string } = {}): Promise<readonly Binding[]> {
    return this.#ask((id) => ({ type: "listAll", id, limit, after }));
  }

  count(): Promise<number> {
    return this.#ask((id) => ({ type: "count", id }));
  }

  removeAll(aor: string): Promise<number> {
    return this.#ask((id) => ({ type: "removeAll", id, aor }));
  }

  watch(listener: (aor: string) => void): Disposable {
    if (this.#listeners.size === 0) this.#post({ type: "watch", on: true });
    this.#listeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#post({ type: "watch", on: false });
      },
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#group.flush();
    this.#port.close();
    const outcome = storageFailure("the store has been closed");
    for (const batch of this.#sent.splice(0)) for (const done of batch.done) done(outcome);
    for (const question of this.#questions.values()) question.reject(storeThreadFailed("it has been closed"));
    this.#questions.clear();
    this.#listeners.clear();
    this.#inFlight = 0;
  }

  #send(items: readonly Waiting[]): void {
    const updates = items.map((item) => item.update);
    this.#sent.push({ updates, done: items.map((item) => item.done) });
    this.#inFlight += updates.length;
    this.#post(encodeUpdates(updates));
  }

  #receive(reply: StoreReply): void {
    if (typeof reply === "string") {
      const batch = this.#sent.shift();
      if (batch === undefined) return;
      this.#inFlight -= batch.updates.length;
      const outcomes = decodeOutcomes(batch.updates, reply);
      for (let i = 0; i < outcomes.length; i++) batch.done[i]!(outcomes[i]!);
      return;
    }
    if (reply.type === "changed") {
      for (const aor of reply.aors) for (const listener of [...this.#listeners]) listener(aor);
      return;
    }
    const question = this.#questions.get(reply.id);
    this.#questions.delete(reply.id);
    if (reply.type === "answer") question?.resolve(reply.value as never);
    else question?.reject(new TrapezoidError(reply.code, reply.message));
  }

  #ask<T>(question: (id: number) => Exclude<StoreRequest, string>): Promise<T> {
    if (this.#closed) return Promise.reject(storeThreadFailed("it has been closed"));
    // After what this thread has submitted so far.
    this.#group.flush();
    const id = ++this.#lastId;
    return new Promise<T>((resolve, reject) => {
      this.#questions.set(id, { resolve: resolve as (value: never) => void, reject });
      this.#post(question(id));
    });
  }

  #post(request: StoreRequest): void {
    if (!this.#closed || typeof request === "string") this.#port.postMessage(request);
  }
}

function storageFailure(message: string): BindingOutcome {
  return { ok: false, reason: "storage", message };
}
