/** ZRTP of all sessions of an engine: one identity, one memory, and what the streams of a call share. RFC 6189 §4.4.3, §4.9. */

import type { Clock } from "@trapezoid/base";
import { createZrtpCache, type ZrtpCache } from "@trapezoid/rtp";
import { createZrtpCrypto } from "@trapezoid/rtp/node";
import { CallKeys } from "./call-keys.ts";
import type { ZrtpParts, ZrtpSettings } from "./settings.ts";

const zidBytes = 12;

export class ZrtpHouse {
  readonly #clock: Clock;
  readonly #settings: ZrtpSettings;
  readonly #crypto = createZrtpCrypto();
  #cache: ZrtpCache | undefined;
  readonly #calls = new Map<string, { readonly keys: CallKeys; streams: number }>();

  /** Without a cache there is one that lasts as long as the engine, with an identity of its own. */
  constructor(clock: Clock, settings: ZrtpSettings = {}, cache?: ZrtpCache) {
    this.#clock = clock;
    this.#settings = settings;
    this.#cache = cache;
  }

  /** For one more stream; `leave` when it is closed. `call`: its name; without one it is a call by itself. */
  enter(call: string | undefined): { readonly parts: ZrtpParts; readonly leave: () => void } {
    const name = call ?? "";
    const shared = (call === undefined ? undefined : this.#calls.get(name)) ?? { keys: new CallKeys(), streams: 0 };
    shared.streams++;
    if (call !== undefined) this.#calls.set(name, shared);
    return {
      parts: {
        clock: this.#clock,
        crypto: this.#crypto,
        cache: this.#memory,
        settings: this.#settings,
        keys: shared.keys,
      },
      leave: () => {
        if (--shared.streams > 0) return;
        shared.keys.erase();
        if (call !== undefined) this.#calls.delete(name);
      },
    };
  }

  get #memory(): ZrtpCache {
    this.#cache ??= createZrtpCache(this.#crypto.random(zidBytes), () => this.#clock.now());
    return this.#cache;
  }
}
