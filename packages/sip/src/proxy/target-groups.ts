/** The groups of targets that are tried in turn, and what the plan says when all have failed. RFC 3261 §16.6. */

import type { SipResponse } from "../message/message.ts";
import type { ForwardOptions, ProxyTarget, Refusal } from "./contract.ts";

export class TargetGroups {
  /** How long the present group may ring. */
  ringMs: number | undefined;
  #groups: readonly (readonly ProxyTarget[])[];
  #next = 0;
  #questions = 0;
  readonly #otherwise: ForwardOptions["otherwise"];
  readonly #onError: (error: unknown) => void;

  constructor(options: ForwardOptions, onError: (error: unknown) => void) {
    this.#groups = options.groups;
    this.ringMs = options.ringMs;
    this.#otherwise = options.otherwise;
    this.#onError = onError;
  }

  /** The next group, a response of our own, or nothing more. `best` and `status` tell what has come of the groups so far. */
  next(best: SipResponse | undefined, status: number): readonly ProxyTarget[] | Refusal | undefined {
    while (this.#next >= this.#groups.length) {
      const more = this.#ask(best, status);
      if (more === undefined || !("groups" in more)) return more;
      this.#groups = more.groups;
      this.#next = 0;
      this.ringMs = more.ringMs;
    }
    return this.#groups[this.#next++];
  }

  #ask(best: SipResponse | undefined, status: number): ReturnType<NonNullable<ForwardOptions["otherwise"]>> {
    // A plan that names the same targets for ever ends here.
    if (this.#otherwise === undefined || this.#questions++ >= mostQuestions) return undefined;
    try {
      return this.#otherwise(best, status);
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }
}

const mostQuestions = 20;
