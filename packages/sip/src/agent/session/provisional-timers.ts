/** What an INVITE is told while nobody has decided: 100 soon, and the last response again and again. RFC 3261 §13.3.1.1, §17.2.1; RFC 3262 §3. */

import { CallbackTimer } from "@trapezoid/base";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import { respond } from "../core/responder.ts";

/** §17.2.1: who does not answer within 200 ms says so. */
const TRYING_MS = 200;
/** §13.3.1.1: each minute, so that no proxy gives up. */
const REPEAT_MS = 60_000;
/** RFC 3262 §3: what arrives for sure need not be said as often. */
const RELIABLE_REPEAT_MS = 150_000;

export class ProvisionalTimers {
  readonly #environment: Environment;
  readonly #transaction: ServerTransaction;
  readonly #trying: CallbackTimer;
  readonly #repeat: CallbackTimer;
  #say: () => void = () => {};

  constructor(environment: Environment, transaction: ServerTransaction, request: SipRequest) {
    this.#environment = environment;
    this.#transaction = transaction;
    this.#trying = new CallbackTimer(() => {
      respond(environment, transaction, request, 100);
    });
    this.#repeat = new CallbackTimer(() => this.#say());
    environment.wheel.arm(this.#trying, TRYING_MS);
  }

  /** An unreliable response went out, which is said again until there is another. */
  sent(status: number, text: string): void {
    this.stopTrying();
    this.#say = () => {
      this.#transaction.respond(status, text);
      this.#environment.wheel.arm(this.#repeat, REPEAT_MS);
    };
    this.#environment.wheel.arm(this.#repeat, REPEAT_MS);
  }

  /** A reliable one has arrived. @param again Sends another, which has a number of its own. */
  arrived(again: () => void): void {
    this.#say = again;
    this.#environment.wheel.arm(this.#repeat, RELIABLE_REPEAT_MS);
  }

  stopTrying(): void {
    this.#environment.wheel.cancel(this.#trying);
  }

  stop(): void {
    this.stopTrying();
    this.#environment.wheel.cancel(this.#repeat);
  }
}
