/** Who waits for the NOTIFY that makes a dialog: requests of ours that may subscribe, by Call-ID and tag. RFC 6665 §4.1.2.4, §4.4.1. */

import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";

export interface WaitingSubscriber {
  /** False when it is not for this one: another event. */
  receiveFirst(transaction: ServerTransaction, request: SipRequest): boolean;
}

export class WaitingSubscribers {
  readonly #waiting = new Map<string, WaitingSubscriber>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Until it is disposed. */
  add(callId: string, localTag: string, subscriber: WaitingSubscriber): Disposable {
    const key = `${callId} ${localTag}`;
    this.#waiting.set(key, subscriber);
    return {
      [Symbol.dispose]: () => {
        if (this.#waiting.get(key) === subscriber) this.#waiting.delete(key);
      },
    };
  }

  receive(transaction: ServerTransaction, request: SipRequest): boolean {
    const { callId, toTag } = request;
    return this.#waiting.get(`${callId} ${toTag}`)?.receiveFirst(transaction, request) === true;
  }
}
