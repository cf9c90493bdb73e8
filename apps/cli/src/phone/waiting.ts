/** Waiting for whichever comes first. */

import type { Clock } from "@trapezoid/base";

/** Resolves when the signal is aborted, at once if it is. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A limit of time that can be let go; it never comes where there are no seconds. */
export function timeLimit(
  clock: Clock,
  seconds: number | undefined,
): { readonly reached: Promise<"time">; readonly timer: Disposable | undefined } {
  let timer: Disposable | undefined;
  const reached = new Promise<"time">((resolve) => {
    if (seconds !== undefined) timer = clock.after(seconds * 1000, () => resolve("time"));
  });
  return { reached, timer };
}
