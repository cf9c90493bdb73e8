/** Provisional responses that arrive: numbered, repeated, acknowledged by PRACK. The callee's side of RFC 3262 §3. */

import { TimerNode } from "@trapezoid/base";
import type { HeaderLine } from "../../message/build.ts";
import { RAck } from "../../message/fields/dialog.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import { randomUpTo } from "../core/identifiers.ts";

/** One response. */
interface Pending {
  readonly rseq: number;
  readonly status: number;
  readonly text: string;
  readonly hasBody: boolean;
  readonly acknowledged: (isAcknowledged: boolean) => void;
}

export class ReliableSender extends TimerNode {
  readonly #environment: Environment;
  readonly #transaction: ServerTransaction;
  /** The INVITE's CSeq number. */
  readonly #sequence: number;
  readonly #onTimeout: () => void;
  #rseq: number;
  #pending: Pending | undefined;
  readonly #queue: { readonly go: () => void; readonly drop: () => void }[] = [];
  readonly #idle: (() => void)[] = [];
  #intervalMs = 0;
  #elapsedMs = 0;

  /** @param onTimeout No PRACK in 64·T1: the INVITE is to be refused (§3). */
  constructor(environment: Environment, transaction: ServerTransaction, sequence: number, onTimeout: () => void) {
    super();
    this.#environment = environment;
    this.#transaction = transaction;
    this.#sequence = sequence;
    this.#onTimeout = onTimeout;
    // §3: the first number is chosen at random, below 2**31.
    this.#rseq = 1 + randomUpTo(environment.hash, 0x7fff_fffe - 1);
  }

  /** Whether a response with a body waits for its PRACK: then no 2xx may be sent (§3). */
  get holdsBody(): boolean {
    return this.#pending?.hasBody === true;
  }

  /** Resolves when nothing waits for its PRACK, or no more does. */
  idle(): Promise<void> {
    if (this.#pending === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /**
   * Sends one, after those before it have been acknowledged (§3: never two at once). Resolves with whether it was acknowledged.
   * @param write Its text, given the lines that make it reliable.
   */
  send(status: number, hasBody: boolean, write: (lines: readonly HeaderLine[]) => string): Promise<boolean> {
    return new Promise((acknowledged) => {
      const go = (): void => {
        const rseq = this.#rseq++;
        const text = write([
          ["Require", "100rel"],
          ["RSeq", `${rseq}`],
        ]);
        this.#pending = { rseq, status, text, hasBody, acknowledged };
        this.#intervalMs = this.#environment.transactions.timers.t1;
        this.#elapsedMs = 0;
        this.#transaction.respond(status, text);
        this.#wait();
      };
      if (this.#pending === undefined) go();
      else this.#queue.push({ go, drop: () => acknowledged(false) });
    });
  }

  /** Whether the PRACK is for the response that waits; it is then acknowledged (§3). */
  acknowledge(prack: SipRequest): boolean {
    const pending = this.#pending;
    const rack = prack.get(RAck);
    if (pending === undefined || rack === undefined) return false;
    const { rseq, cseq } = rack;
    if (rseq !== pending.rseq || cseq.sequence !== this.#sequence || cseq.method !== "INVITE") return false;
    this.#environment.wheel.cancel(this);
    this.#pending = undefined;
    pending.acknowledged(true);
    this.#queue.shift()?.go();
    this.#wake();
    return true;
  }

  /** §3: a final response was sent; what waits is repeated no more, though its PRACK may still come. */
  finish(): void {
    this.#environment.wheel.cancel(this);
    for (const { drop } of this.#queue.splice(0)) drop();
    this.#pending?.acknowledged(false);
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  override onTimer(): void {
    const pending = this.#pending!;
    if (this.#elapsedMs >= 64 * this.#environment.transactions.timers.t1) {
      this.#onTimeout();
      return;
    }
    this.#transaction.respond(pending.status, pending.text);
    // §3: doubled each time, without an upper bound.
    this.#intervalMs *= 2;
    this.#wait();
  }

  #wake(): void {
    if (this.#pending === undefined) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #wait(): void {
    const { wheel, transactions } = this.#environment;
    const ms = Math.min(this.#intervalMs, 64 * transactions.timers.t1 - this.#elapsedMs);
    this.#elapsedMs += ms;
    wheel.arm(this, ms);
  }
}
