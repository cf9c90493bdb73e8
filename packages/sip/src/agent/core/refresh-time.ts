/** When something that expires is refreshed: early enough for a lost message or two. RFC 6665 §4.1.2.2, RFC 3261 §10.2.4, RFC 3903 §4.1. */

/** The most that is kept in reserve. */
const LEAD_SECONDS = 60;

/** Milliseconds from now. */
export function refreshInMs(expiresSeconds: number): number {
  return Math.max(1, (expiresSeconds - Math.min(expiresSeconds / 2, LEAD_SECONDS)) * 1000);
}
