/** One input of digits: a prompt, the first digit, further ones, a terminator or a silence. */

import type { Clock } from "@trapezoid/base";
import type { CollectOptions } from "./contract.ts";
import type { Inbox } from "./inbox.ts";
import type { Digit, PlaySource } from "./values.ts";

export interface DigitSources {
  readonly clock: Clock;
  readonly digits: Inbox<Digit>;
  /** The end of the call. */
  readonly over: AbortSignal;
  play(source: PlaySource, options: { readonly signal?: AbortSignal; readonly untilDigit: boolean }): Promise<unknown>;
}

/** Rejects when the call is over and nothing was pressed, or when the prompt cannot be played. */
export async function collectDigits(sources: DigitSources, options: CollectOptions): Promise<string> {
  const { clock, digits, over } = sources;
  const { max = 1, terminator, firstMs = 5_000, betweenMs = 3_000, prompt, signal } = options;
  if (prompt !== undefined && digits.size === 0 && !signal?.aborted) {
    await sources.play(prompt, { untilDigit: true, ...(signal === undefined ? {} : { signal }) });
  }
  let collected = "";
  while (collected.length < max) {
    const digit = await next(clock, digits, collected === "" ? firstMs : betweenMs, signal);
    if (digit === undefined || digit === terminator) {
      // Whoever asks in a loop is to notice that nobody is there any more.
      if (digit === undefined && collected === "") over.throwIfAborted();
      break;
    }
    collected += digit;
  }
  return collected;
}

async function next(
  clock: Clock,
  digits: Inbox<Digit>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<Digit | undefined> {
  const waiting = new AbortController();
  const stop = (): void => waiting.abort();
  using _timer = clock.after(ms, stop);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  try {
    return await digits.take(waiting.signal);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
