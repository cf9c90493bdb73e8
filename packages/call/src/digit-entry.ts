/** Digits by three ways, of which some phones use two at once for one key: the first way that a digit comes by counts. */

import type { Clock } from "@trapezoid/base";
import { Inbox } from "./inbox.ts";
import type { Digit, DigitMethod, ReceivedDigit } from "./values.ts";

/** The same digit by another way so soon after is the same key. */
const sameKeyMs = 1_000;

interface PressedKey {
  readonly digit: Digit;
  readonly at: number;
  /** Those that it has come by. */
  readonly ways: Set<DigitMethod>;
}

export class DigitEntry {
  readonly inbox: Inbox<Digit>;
  readonly #clock: Clock;
  readonly #onDigit: (digit: ReceivedDigit) => void;
  #recent: PressedKey[] = [];

  constructor(clock: Clock, limit: number, onDigit: (digit: ReceivedDigit) => void) {
    this.#clock = clock;
    this.#onDigit = onDigit;
    this.inbox = new Inbox({ limit });
  }

  receive(digit: Digit, by: DigitMethod): void {
    const now = this.#clock.now();
    this.#recent = this.#recent.filter(({ at }) => now - at < sameKeyMs);
    // Each way tells the keys in the order they were pressed: the earliest that it has not told is the one.
    const same = this.#recent.find((key) => key.digit === digit && !key.ways.has(by));
    if (same !== undefined) {
      same.ways.add(by);
      return;
    }
    this.#recent.push({ digit, at: now, ways: new Set([by]) });
    this.inbox.put(digit);
    this.#onDigit({ digit, by });
  }
}
