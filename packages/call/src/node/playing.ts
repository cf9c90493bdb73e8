/** What a call sends: one source at a time, which ends by itself, by a signal or by the next one. */

import type { MediaSession, Playable, ToneName } from "@trapezoid/media";
import { notOnThisPlatform } from "../errors.ts";
import type { PlaySource } from "../values.ts";

export class Playing {
  #current: ((how: "ended" | "stopped") => void) | undefined;

  /** The source has come to its end, or the session is over. */
  end(how: "ended" | "stopped"): void {
    const current = this.#current;
    this.#current = undefined;
    current?.(how);
  }

  async play(session: MediaSession, source: PlaySource, signal?: AbortSignal): Promise<"ended" | "stopped"> {
    this.end("stopped");
    if (signal?.aborted) return "stopped";
    const { promise, resolve } = Promise.withResolvers<"ended" | "stopped">();
    this.#current = resolve;
    const stop = (): void => {
      if (this.#current !== resolve) return;
      this.end("stopped");
      // Silence follows; a session that is closing has nothing to send.
      session.play({ kind: "silence" }).catch(() => {});
    };
    signal?.addEventListener("abort", stop, { once: true });
    try {
      await session.play(playable(source));
      return await promise;
    } finally {
      signal?.removeEventListener("abort", stop);
      if (this.#current === resolve) this.#current = undefined;
    }
  }
}

function playable(source: PlaySource): Playable {
  if (typeof source === "string") return { kind: "file", path: source };
  if (source.kind === "sound")
    throw notOnThisPlatform("a decoded sound", "write its samples to audio(), or play a file");
  // Whether there is such a tone is known where tones are.
  if (source.kind === "tone") return { ...source, tone: source.tone as ToneName };
  return source;
}
