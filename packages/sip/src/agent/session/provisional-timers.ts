/** What an INVITE is told while nobody has decided: 100 soon, the last response again each minute, and an end where it has one. RFC 3261 §13.3.1, §17.2.1. */

import { CallbackTimer } from "@trapezoid/base";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import { respond } from "../core/responder.ts";

/** §17.2.1: who does not answer within 200 ms says so. */
const TRYING_MS = 200;
/** §13.3.1.1: each minute, so that no proxy gives up. */
const REPEAT_MS = 60_000;

export class ProvisionalTimers {
  readonly #environment: Environment;
  readonly #transaction: ServerTransaction;
  readonly #trying: CallbackTimer;
  readonly #repeat: CallbackTimer;
  #last: { readonly status: number; readonly text: string } | undefined;

  constructor(environment: Environment, transaction: ServerTransaction, request: SipRequest) {
    this.#environment = environment;
    this.#transaction = transaction;
    this.#trying = new CallbackTimer(() => {
      respond(environment, transaction, request, 100);
    });
    this.#repeat = new CallbackTimer(() => this.#again());
    environment.wheel.arm(this.#trying, TRYING_MS);
  }

  /** An unreliable response went out, which is said again until there is another. */
  sent(status: number, text: string): void {
    this.stopTrying();
    this.#last = { status, text };
    this.#environment.wheel.arm(this.#repeat, REPEAT_MS);
  }

  stopTrying(): void {
    this.#environment.wheel.cancel(this.#trying);
  }

  stop(): void {
    this.stopTrying();
    this.#environment.wheel.cancel(this.#repeat);
  }

  #again(): void {
    if (this.#last === undefined) return;
    this.#transaction.respond(this.#last.status, this.#last.text);
    this.#environment.wheel.arm(this.#repeat, REPEAT_MS);
  }
}
