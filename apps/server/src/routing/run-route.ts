/** Asks the route for a plan. Whatever the route does, there is an answer: its plan, the default one, or what went wrong. */

import { err, ok, type Result } from "@trapezoid/base";
import type { Route } from "../config/config.ts";
import { checkPlan } from "./check-plan.ts";
import type { Plan } from "./plan.ts";
import type { Planner } from "./planner.ts";
import type { RouteRequest } from "./route-request.ts";

export interface RouteFailure {
  /** In one line, for the trace: what the route threw, or what it returned instead of a plan. */
  readonly message: string;
  readonly cause?: unknown;
}

/** `fallback` makes the default plan; it is called when there is no route, or the route returned `undefined`. */
export function runRoute(
  route: Route | undefined,
  request: RouteRequest,
  planner: Planner,
  fallback: () => Plan,
): Result<Plan, RouteFailure> {
  let value: unknown;
  try {
    value = route?.(request, planner);
    if (value === undefined) return ok(fallback());
    const checked = checkPlan(value);
    return checked.ok ? checked : err({ message: `route returned no valid plan: ${checked.error}` });
  } catch (cause) {
    return err({
      message: `route threw ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`,
      cause,
    });
  }
}
