/** Failures that another attempt may mend, and how long to wait for it. RFC 3261 §21.4, §21.5. */

import { RetryAfter } from "../../message/fields/time.ts";
import type { SipResponse } from "../../message/message.ts";

/** Any other status is the server's last word. */
const passing: ReadonlySet<number> = new Set([408, 430, 480, 491, 500, 502, 503, 504]);

/** Before another attempt, unless Retry-After says more; doubled for each. */
const FIRST_MS = 30_000;
const MOST_MS = 1_800_000;

export function mayPass(status: number): boolean {
  return passing.has(status);
}

/** @param failures In a row, before this one. */
export function retryInMs(failures: number, response: SipResponse | undefined): number {
  const asked = (response?.get(RetryAfter)?.seconds ?? 0) * 1000;
  return Math.max(asked, Math.min(FIRST_MS * 2 ** Math.min(failures, 30), MOST_MS));
}
