/** A thread's view of the memory of ZRTP, which the pool holds for all of its threads. */

import type { RetainedSecrets, ZrtpCache, ZrtpCacheChange } from "@trapezoid/rtp";

export class ThreadCache implements ZrtpCache {
  readonly zid: Uint8Array;
  readonly #ask: (lookup: number, peer: string) => void;
  readonly #tell: (change: ZrtpCacheChange) => void;
  readonly #waiting = new Map<number, (found: RetainedSecrets | undefined) => void>();
  #lastLookup = 0;

  constructor(zid: Uint8Array, ask: (lookup: number, peer: string) => void, tell: (change: ZrtpCacheChange) => void) {
    this.zid = zid;
    this.#ask = ask;
    this.#tell = tell;
  }

  lookup(peer: string): Promise<RetainedSecrets | undefined> {
    const lookup = ++this.#lastLookup;
    return new Promise((resolve) => {
      this.#waiting.set(lookup, resolve);
      this.#ask(lookup, peer);
    });
  }

  update(change: ZrtpCacheChange): void {
    this.#tell(change);
  }

  /** The pool's answer. */
  found(lookup: number, found: RetainedSecrets | undefined): void {
    this.#waiting.get(lookup)?.(found);
    this.#waiting.delete(lookup);
  }
}
