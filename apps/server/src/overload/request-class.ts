/** Which new requests matter more than others when not all can be served. RFC 7339 §5.10.1, RFC 5390 requirement 19. */

import type { SipRequest } from "@trapezoid/sip/message";

/** In the order in which they are turned away; what has no class here never is. */
export const shedClasses = ["stranger", "invite", "other", "refresh"] as const;
export type ShedClass = (typeof shedClasses)[number];

export interface ClassFacts {
  /** It is for an emergency. */
  readonly isEmergency: (request: SipRequest) => boolean;
  /** A REGISTER that keeps a binding alive. */
  readonly isRefresh: (request: SipRequest) => boolean;
  /** Nothing is known of who sent it: no contact is registered from there, and nobody has authenticated from there lately. */
  readonly isStranger: () => boolean;
}

/** `undefined`: it is let in whatever the load. */
export function classOf(request: SipRequest, facts: ClassFacts): ShedClass | undefined {
  const { method } = request;
  // What ends work, and what belongs to work that has been let in. A request that is refused in a dialog costs more than it saves.
  if (method === "CANCEL" || method === "ACK" || request.toTag !== undefined) return undefined;
  if (facts.isEmergency(request)) return undefined;
  // A flood comes from strangers, whatever it consists of: those whom the server knows go first.
  if (facts.isStranger()) return method === "REGISTER" && facts.isRefresh(request) ? "refresh" : "stranger";
  if (method === "INVITE") return "invite";
  // A phone whose refresh is refused loses its calls, and comes back with more work than the refresh was.
  return method === "REGISTER" && facts.isRefresh(request) ? "refresh" : "other";
}
