/** Which client transactions wait for a response on which flow, so that they fail at once when it breaks. RFC 3261 §17.1.4. */

import type { Flow } from "../transport/contract.ts";
import type { ActiveClient } from "./active-client.ts";

class FlowWait {
  first: ActiveClient | undefined = undefined;
  onClose: Disposable | undefined = undefined;
}

/** A list per flow, made of the transactions themselves; a flow nobody waits on is not remembered. */
export class PendingFlows {
  readonly #waits = new Map<Flow, FlowWait>();

  add(transaction: ActiveClient): void {
    const { flow } = transaction;
    let wait = this.#waits.get(flow);
    if (wait === undefined) {
      wait = new FlowWait();
      this.#waits.set(flow, wait);
      // Datagram flows never close; their errors come through `transportError` of the layer.
      if (flow.reliable) wait.onClose = flow.onClose(() => this.fail(flow, undefined));
    }
    const next = wait.first;
    transaction.waitNext = next;
    if (next !== undefined) next.waitPrevious = transaction;
    wait.first = transaction;
  }

  remove(transaction: ActiveClient): void {
    const { flow, waitNext, waitPrevious } = transaction;
    transaction.waitNext = undefined;
    transaction.waitPrevious = undefined;
    if (waitNext !== undefined) waitNext.waitPrevious = waitPrevious;
    if (waitPrevious !== undefined) {
      waitPrevious.waitNext = waitNext;
      return;
    }
    const wait = this.#waits.get(flow);
    if (wait === undefined || wait.first !== transaction) return;
    wait.first = waitNext;
    if (waitNext !== undefined) return;
    this.#waits.delete(flow);
    wait.onClose?.[Symbol.dispose]();
  }

  /** Everything that waits on the flow fails. What the users send meanwhile is not touched. */
  fail(flow: Flow, error: Error | undefined): void {
    const failing: ActiveClient[] = [];
    for (let one = this.#waits.get(flow)?.first; one !== undefined; one = one.waitNext) failing.push(one);
    for (const transaction of failing) transaction.fail(error);
  }

  /** Flows that somebody waits on. */
  get size(): number {
    return this.#waits.size;
  }
}
