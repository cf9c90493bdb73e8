/** How long to wait before a flow is made anew. RFC 5626 §4.5. */

import type { RetrySettings } from "./contract.ts";

export const defaultRetry: RetrySettings = { maxSeconds: 1_800, baseAllDownSeconds: 30, baseSomeUpSeconds: 90 };

/**
 * Milliseconds: half to all of `min(max, base * 2^failures)`.
 * @param failures In a row, for this next hop.
 * @param random Uniform in [0, 1).
 */
export function retryDelayMs(
  failures: number,
  someUp: boolean,
  { maxSeconds, baseAllDownSeconds, baseSomeUpSeconds }: RetrySettings,
  random: number,
): number {
  const base = someUp ? baseSomeUpSeconds : baseAllDownSeconds;
  const upperMs = Math.min(maxSeconds, base * 2 ** Math.min(failures, 30)) * 1000;
  return upperMs * (0.5 + random / 2);
}
