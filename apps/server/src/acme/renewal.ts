/** When to ask for a certificate, and when to ask again after a failure. */

/** Of its life: LE and others ask for a third. */
const shareLeft = 1 / 3;

/** Milliseconds since 1970. `random`: 0 to 1; so that not all servers of an authority come at once. */
export function renewalTime(validFrom: number, expiresAt: number, random: number): number {
  const life = expiresAt - validFrom;
  return expiresAt - life * shareLeft * (1 + random / 20);
}

const minuteMs = 60_000;
const steps = [1, 5, 15, 60, 180, 360].map((minutes) => minutes * minuteMs);

/** After so many failures in a row; an authority that names a time is not asked before. */
export function backoff(failures: number, random: number, retryAfterMs: number | undefined): number {
  const step = steps[Math.min(failures, steps.length) - 1] ?? minuteMs;
  return Math.max(retryAfterMs ?? 0, step * (0.75 + random / 2));
}
