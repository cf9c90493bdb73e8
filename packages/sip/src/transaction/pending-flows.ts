/** Which client transactions wait for a response on which flow, so that they fail at once when it breaks. RFC 3261 §17.1.4. */

import type { Flow } from "../transport/contract.ts";
import type { ActiveClient } from "./active-client.ts";

/** A list per flow, made of the transactions themselves; a flow nobody waits on is not remembered. */
export class PendingFlows {
  readonly #first = new Map<Flow, ActiveClient>();
  /** Connections alone: datagram flows never close, their errors come through `transportError` of the layer. */
  readonly #onClose = new Map<Flow, Disposable>();

  add(transaction: ActiveClient): void {
    const { flow } = transaction;
    const next = this.#first.get(flow);
    this.#first.set(flow, transaction);
    transaction.waitNext = next;
    if (next !== undefined) next.waitPrevious = transaction;
    else if (flow.reliable) {
      this.#onClose.set(
        flow,
        flow.onClose(() => this.fail(flow, undefined)),
      );
    }
  }

  /** Does nothing when it does not wait. */
  remove(transaction: ActiveClient): void {
    const { flow, waitNext, waitPrevious } = transaction;
    transaction.waitNext = undefined;
    transaction.waitPrevious = undefined;
    if (waitPrevious === undefined && this.#first.get(flow) !== transaction) return;
    if (waitNext !== undefined) waitNext.waitPrevious = waitPrevious;
    if (waitPrevious !== undefined) waitPrevious.waitNext = waitNext;
    else if (waitNext !== undefined) this.#first.set(flow, waitNext);
    else {
      this.#first.delete(flow);
      if (!flow.reliable) return;
      this.#onClose.get(flow)?.[Symbol.dispose]();
      this.#onClose.delete(flow);
    }
  }

  /** Everything that waits on the flow fails. What the users send meanwhile is not touched. */
  fail(flow: Flow, error: Error | undefined): void {
    const failing: ActiveClient[] = [];
    for (let one = this.#first.get(flow); one !== undefined; one = one.waitNext) failing.push(one);
    for (const transaction of failing) transaction.fail(error);
  }

  /** Flows that somebody waits on. */
  get size(): number {
    return this.#first.size;
  }
}
