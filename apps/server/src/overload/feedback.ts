/** What peers that ask are told of this thread's load. RFC 7339 §5.2, §5.3, §5.7. */

import { formatLoss } from "@trapezoid/sip/message";

export class Feedback {
  #at = 0;
  #percent = 0;
  #validityMs = 0;
  /** Written when somebody asks, and said to all who ask until the next measurement. */
  #text = "";

  /** A new measurement, `at` milliseconds since the epoch: `loss`, 0 to 1, of all requests shall stay away. */
  measured(at: number, loss: number, validityMs: number): void {
    this.#at = at;
    this.#percent = Math.ceil(loss * 100);
    // §5.7: a time of 0 is the end of it.
    this.#validityMs = this.#percent === 0 ? 0 : validityMs;
    this.#text = "";
  }

  get text(): string {
    if (this.#text === "") {
      // §4.4: the time is a number that grows.
      this.#text = formatLoss(this.#percent, this.#validityMs, (this.#at / 1000).toFixed(3));
    }
    return this.#text;
  }
}
