/** Waits for what a page hears. */

import { waitUntil } from "./wait.ts";

export interface Heard {
  readonly hz: number;
  /** Decibels below full scale. */
  readonly level: number;
}

/** Until that frequency is the strongest. */
export async function untilHeard(hears: () => Promise<Heard>, hz: number, who: string): Promise<void> {
  let last: Heard = { hz: 0, level: -200 };
  await waitUntil(
    async () => {
      last = await hears();
      return Math.abs(last.hz / hz - 1) < 0.03 && last.level > -60;
    },
    { what: `${hz} Hz at ${who}`, timeoutMs: 15_000 },
  ).catch((error: Error) => {
    throw new Error(`${error.message}; last ${JSON.stringify(last)}`);
  });
}

export async function untilSilent(hears: () => Promise<Heard>, who: string): Promise<void> {
  await waitUntil(async () => (await hears()).level < -75, { what: `silence at ${who}` });
}
