/** What happens to a request that no route decides. */

import type { ServerMode } from "../config/config.ts";
import type { Plan } from "./plan.ts";
import type { Planner } from "./planner.ts";
import type { RouteRequest } from "./route-request.ts";

/**
 * Local users are reached at their registered contacts (or, by a redirect server, named to the caller); everything else is
 * forwarded to where its Request-URI says, as far as the engine lets this caller leave the house.
 */
export function defaultPlan(
  request: RouteRequest,
  plan: Planner,
  options: { readonly local: boolean; readonly mode: ServerMode },
): Plan {
  const { uri } = request;
  if (options.local && uri.user !== undefined) {
    if (options.mode === "redirect") return plan.redirectRegistered(uri);
    return options.mode === "stateless" ? plan.stateless(uri) : plan.registered(uri);
  }
  if (options.local) return plan.reject(404, { reason: `${uri.text} names no user` });
  // RFC 3261 §8.2.2.1; a service (RFC 5031) is somewhere only when a route says where.
  if (uri.scheme === "urn") return plan.reject(416, { reason: `no route leads to ${uri.text}` });
  // RFC 3261 §8.3: a redirect to the Request-URI itself would lead nowhere.
  if (options.mode === "redirect")
    return plan.reject(404, {
      reason: `${uri.host} is another domain, and this server redirects to its own users alone`,
    });
  if (options.mode === "stateless") return plan.stateless(uri, { reason: `${uri.host} is another domain` });
  return plan.forward(uri, { reason: `${uri.host} is another domain` });
}
