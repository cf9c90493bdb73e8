/** Waiting for a condition of the outside world, with a limit and a name for what did not come. */

export interface WaitOptions {
  /** Names what is awaited in the error. */
  readonly what: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/** Polls until `probe` gives something other than `undefined` or `false`. */
export async function waitUntil<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { what, timeoutMs = 20_000, everyMs = 25 }: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${timeoutMs} ms`);
    await pause(everyMs);
  }
}

/** For the outside world only: how long nothing must happen, or how long a tone must last. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
