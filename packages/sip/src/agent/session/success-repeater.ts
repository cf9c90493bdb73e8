/** Repeats a 2xx to INVITE until its ACK comes, whatever the transport. RFC 3261 §13.3.1.4. */

import { TimerNode } from "@trapezoid/base";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";

export class SuccessRepeater extends TimerNode {
  readonly #environment: Environment;
  readonly #transaction: ServerTransaction;
  readonly #status: number;
  readonly #text: string;
  readonly #onNoAck: () => void;
  #intervalMs: number;
  #elapsedMs = 0;

  /** Sends it for the first time. */
  constructor(
    environment: Environment,
    transaction: ServerTransaction,
    status: number,
    text: string,
    onNoAck: () => void,
  ) {
    super();
    this.#environment = environment;
    this.#transaction = transaction;
    this.#status = status;
    this.#text = text;
    this.#onNoAck = onNoAck;
    this.#intervalMs = environment.transactions.timers.t1;
    transaction.respond(status, text);
    this.#wait();
  }

  /** The ACK is there, or nobody waits for it. */
  stop(): void {
    this.#environment.wheel.cancel(this);
  }

  override onTimer(): void {
    const { t1, t2 } = this.#environment.transactions.timers;
    if (this.#elapsedMs >= 64 * t1) {
      this.#onNoAck();
      return;
    }
    this.#transaction.respond(this.#status, this.#text);
    this.#intervalMs = Math.min(this.#intervalMs * 2, t2);
    this.#wait();
  }

  #wait(): void {
    const { wheel, transactions } = this.#environment;
    const ms = Math.min(this.#intervalMs, 64 * transactions.timers.t1 - this.#elapsedMs);
    this.#elapsedMs += ms;
    wheel.arm(this, ms);
  }
}
