/** Requests that a fork brings to us twice by different ways. RFC 3261 §8.2.2.2. */

import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";

export class MergedRequests {
  readonly #ongoing = new Map<string, ServerTransaction>();
  readonly #keys = new Map<ServerTransaction, string>();

  get size(): number {
    return this.#ongoing.size;
  }

  /** Notes a request outside of dialogs; true when another one of its kind is being served: 482. */
  isMerged(transaction: ServerTransaction, request: SipRequest): boolean {
    const { fromTag = "", callId, cseq } = request;
    const key = `${callId} ${fromTag} ${cseq?.sequence} ${cseq?.method}`;
    if (this.#ongoing.has(key)) return true;
    this.#ongoing.set(key, transaction);
    this.#keys.set(transaction, key);
    return false;
  }

  forget(transaction: ServerTransaction): void {
    const key = this.#keys.get(transaction);
    if (key === undefined) return;
    this.#keys.delete(transaction);
    this.#ongoing.delete(key);
  }
}
