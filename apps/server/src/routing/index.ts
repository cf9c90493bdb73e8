/** Routing: from a request to a plan. */

export { checkPlan } from "./check-plan.ts";
export { defaultPlan } from "./default-plan.ts";
export type * from "./plan.ts";
export { createPlanner, type Planner, type PlannerOptions } from "./planner.ts";
export {
  type RouteAddress,
  type RouteCaller,
  type RouteRequest,
  type RouteRequestOptions,
  type RouteSource,
  routeRequestOf,
} from "./route-request.ts";
export type { RouteUri } from "./route-uri.ts";
export { type RouteFailure, runRoute } from "./run-route.ts";
export { type TestRequest, testRoute } from "./test-route.ts";
