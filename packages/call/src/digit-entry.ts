/** Digits by three ways, of which some phones use two at once for one key: the first way that a digit comes by counts. */

import type { Clock } from "@trapezoid/base";
import { Inbox } from "./inbox.ts";
import type { Digit, DigitMethod, ReceivedDigit } from "./values.ts";

/** The same digit by another way so soon after is the same key. */
const sameKeyMs = 1_000;

export class DigitEntry {
  readonly inbox: Inbox<Digit>;
  readonly #clock: Clock;
  readonly #onDigit: (digit: ReceivedDigit) => void;
  #last: (ReceivedDigit & { readonly at: number; echoes: Set<DigitMethod> }) | undefined;

  constructor(clock: Clock, limit: number, onDigit: (digit: ReceivedDigit) => void) {
    this.#clock = clock;
    this.#onDigit = onDigit;
    this.inbox = new Inbox(limit);
  }

  receive(digit: Digit, by: DigitMethod): void {
    const at = this.#clock.now();
    const last = this.#last;
    if (last !== undefined && last.digit === digit && last.by !== by && at - last.at < sameKeyMs) {
      // Each further way repeats a key once: the next of its kind is another key.
      if (!last.echoes.has(by)) {
        last.echoes.add(by);
        return;
      }
    }
    this.#last = { digit, by, at, echoes: new Set() };
    this.inbox.put(digit);
    this.#onDigit({ digit, by });
  }
}
