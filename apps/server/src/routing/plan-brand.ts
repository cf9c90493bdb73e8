/** Which plans the planner made: they were checked while they were built and need no second look. */

import type { Plan } from "./plan.ts";

const built = new WeakSet<object>();

/** Freezes a plan that the planner has checked and remembers it. */
export function brandPlan<P extends Plan>(plan: P): P {
  Object.freeze(plan);
  built.add(plan);
  return plan;
}

export function isBuiltPlan(value: unknown): value is Plan {
  return typeof value === "object" && value !== null && built.has(value);
}
