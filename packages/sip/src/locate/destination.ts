/** A plan as it is kept: how long it serves, when it is renewed, and what happens while DNS does not answer. */

import type { Target } from "../transport/contract.ts";
import type { CacheTimes } from "./dns-cache.ts";
import type { Plan } from "./plan.ts";
import { onlyOrder } from "./target-order.ts";

export interface Destination {
  readonly plan: Plan;
  /** From then on a request has the plan renewed, and does not wait for it. */
  readonly renewAt: number;
  /** From then on a request waits for a new plan. */
  readonly expiresAt: number;
  /** Until when it may serve in place of a plan that DNS left incomplete. */
  readonly staleUntil: number;
  /** The targets, when there is only one order. */
  readonly only: readonly Target[] | undefined;
}

/** The last tenth of a plan's life is for renewing it. */
const RENEW_AHEAD = 0.1;

export function destinationOf(plan: Plan, now: number, times: CacheTimes): Destination {
  const only = onlyOrder(plan);
  if (plan.error !== undefined) {
    return { plan, renewAt: plan.expiresAt, expiresAt: plan.expiresAt, staleUntil: 0, only };
  }
  // Some name servers never answer questions for NAPTR or SRV: what there is serves while they are asked again.
  const expiresAt = plan.incomplete ? now + times.positiveMs : plan.expiresAt;
  const renewAt = plan.incomplete ? now + times.failureMs : expiresAt - (expiresAt - now) * RENEW_AHEAD;
  return { plan, renewAt, expiresAt, staleUntil: expiresAt + times.staleMs, only };
}

/** RFC 8767: where DNS fails, what it said before is better than nothing and better than half of it. `undefined`: it is too old. */
export function staleDestination(
  before: Destination | undefined,
  now: number,
  times: CacheTimes,
): Destination | undefined {
  if (before === undefined || before.plan.incomplete || before.plan.error !== undefined) return undefined;
  if (now >= before.staleUntil) return undefined;
  return { ...before, renewAt: now + times.failureMs, expiresAt: Math.max(before.expiresAt, now + times.positiveMs) };
}
