/** One input of digits: a prompt, the first digit, further ones, a terminator or a silence. */

import type { Clock } from "@trapezoid/base";
import type { CollectOptions } from "./contract.ts";
import type { Inbox } from "./inbox.ts";
import type { Digit, PlaySource } from "./values.ts";

export interface DigitSources {
  readonly clock: Clock;
  readonly digits: Inbox<Digit>;
  play(source: PlaySource, options: { readonly signal: AbortSignal; readonly untilDigit: boolean }): Promise<unknown>;
}

export async function collectDigits(sources: DigitSources, options: CollectOptions): Promise<string> {
  const { clock, digits } = sources;
  const { max = 1, terminator, firstMs = 5_000, betweenMs = 3_000, prompt, signal } = options;
  let collected = "";
  if (prompt !== undefined && digits.size === 0 && !signal?.aborted) {
    const playing = new AbortController();
    const stop = (): void => playing.abort();
    signal?.addEventListener("abort", stop, { once: true });
    await sources.play(prompt, { signal: playing.signal, untilDigit: true });
    signal?.removeEventListener("abort", stop);
  }
  while (collected.length < max) {
    const digit = await next(clock, digits, collected === "" ? firstMs : betweenMs, signal);
    if (digit === undefined || digit === terminator) break;
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
