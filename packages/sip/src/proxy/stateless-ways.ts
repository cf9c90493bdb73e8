/** Where INVITEs went that were forwarded without state: their CANCEL and the ACK to their failure must follow. RFC 3261 §16.10, §16.11, §17.1.1.3. */

import type { ProxyTarget } from "./contract.ts";

/** Bound of each of the two halves. */
export const mostWays = 50_000;

/** A lone exception from being stateless: those requests are not challenged, and their Request-URI does not say what the engine chose. */
export class StatelessWays {
  readonly #now: () => number;
  readonly #keepMs: number;
  #young = new Map<string, ProxyTarget>();
  #old = new Map<string, ProxyTarget>();
  #turnAt = 0;

  /** A way is kept for `keepMs` at least, unless there are too many, and for twice as long at most. */
  constructor(now: () => number, keepMs: number) {
    this.#now = now;
    this.#keepMs = keepMs;
  }

  add(branch: string, target: ProxyTarget): void {
    this.#turn();
    if (this.#young.size >= mostWays) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(branch, target);
  }

  /** By the branch that our copy of the INVITE had, which its CANCEL and ACK have, too. */
  find(branch: string): ProxyTarget | undefined {
    this.#turn();
    return this.#young.get(branch) ?? this.#old.get(branch);
  }

  /** So that who never forwards without state does not even make the branch. */
  get isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0;
  }

  #turn(): void {
    const now = this.#now();
    if (now < this.#turnAt) return;
    // After a long silence both halves are too old.
    this.#old = now < this.#turnAt + this.#keepMs ? this.#young : new Map();
    this.#young = new Map();
    this.#turnAt = now + this.#keepMs;
  }
}
