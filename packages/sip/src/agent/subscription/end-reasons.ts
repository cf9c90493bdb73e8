/** What a subscriber does when its notifier has ended a subscription, by the reason given. RFC 6665 §4.1.3. */

export type AfterEnd =
  /** A new subscription at once. */
  { readonly kind: "again"; readonly afterMs: number } | { readonly kind: "never" };

const never: AfterEnd = { kind: "never" };
/** Where the notifier leaves the time to us. */
const politeMs = 30_000;

/** `retry-after` counts for some reasons alone. */
const rules: Readonly<Record<string, (retryAfterMs: number | undefined) => AfterEnd>> = {
  deactivated: () => ({ kind: "again", afterMs: 0 }),
  probation: (afterMs = politeMs) => ({ kind: "again", afterMs }),
  rejected: () => never,
  timeout: () => ({ kind: "again", afterMs: 0 }),
  giveup: (afterMs = politeMs) => ({ kind: "again", afterMs }),
  noresource: () => never,
  invariant: () => never,
};

/** An unknown reason, or none: whenever one likes, but for retry-after. */
export function afterEnd(reason: string | undefined, retryAfterSeconds: number | undefined): AfterEnd {
  const rule = reason === undefined ? undefined : Object.hasOwn(rules, reason) ? rules[reason] : undefined;
  const retryAfterMs = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000;
  return rule === undefined ? { kind: "again", afterMs: retryAfterMs ?? politeMs } : rule(retryAfterMs);
}
