/** What the streams of one call share: the first agrees on keys, further ones take theirs from it. RFC 6189 §4.4.3. */

import type { ZrtpMaster } from "@trapezoid/rtp";

export class CallKeys {
  #hasFirst = false;
  /** `undefined` while the first stream is at it; its master otherwise, or that it has none. */
  #outcome: { readonly master: ZrtpMaster | undefined } | undefined;
  #waiting: (() => void)[] = [];

  /** Whether the caller's stream is the first. */
  enter(): boolean {
    const isFirst = !this.#hasFirst;
    this.#hasFirst = true;
    return isFirst;
  }

  /** The first stream's outcome, again where it has another one later. */
  settle(master: ZrtpMaster | undefined): void {
    this.#outcome = { master };
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }

  get master(): ZrtpMaster | undefined {
    return this.#outcome?.master;
  }

  /** Runs at once where the first stream has its outcome, else as soon as it has. */
  whenSettled(run: () => void): void {
    if (this.#outcome === undefined) this.#waiting.push(run);
    else run();
  }

  /** The call is over: ZRTPSess is erased (§4.7.3). */
  erase(): void {
    this.#outcome?.master?.sessionKey.fill(0);
    this.#outcome = { master: undefined };
    this.#waiting = [];
  }
}
