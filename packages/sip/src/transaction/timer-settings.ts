/** T1, T2, T4 and the timers made of them. RFC 3261 §17, table 4. */

import type { TimerSettings } from "./contract.ts";

export const defaultTimerSettings: TimerSettings = { t1: 500, t2: 4_000, t4: 5_000 };

/** Fills in the defaults; throws `RangeError` when they make no sense. */
export function timerSettings(given: Partial<TimerSettings> = {}): TimerSettings {
  const { t1, t2, t4 } = { ...defaultTimerSettings, ...given };
  for (const [name, ms] of Object.entries({ t1, t2, t4 })) {
    if (!(ms > 0 && Number.isFinite(ms))) throw new RangeError(`${name} must be a positive number of ms, got ${ms}`);
  }
  if (t2 < t1) throw new RangeError(`t2 (${t2} ms) must not be below t1 (${t1} ms)`);
  return { t1, t2, t4 };
}
