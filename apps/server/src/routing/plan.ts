/** Plans: what a route decides, as a JSON value with its reason. */

/** Where a plan sends a call: a SIP, SIPS or TEL URI as text. */
export type TargetUri = string;

interface PlanBase {
  /** Why, in words; shown beside what happened. */
  readonly reason: string;
  /** What to do when this one fails: no answer, busy, nobody there. */
  readonly otherwise?: Plan;
}

/** Every registered contact of a local user, by q: equal q in parallel, lower q later. */
export interface RegisteredPlan extends PlanBase {
  readonly kind: "registered";
  /** `sip:alice@example.com`. */
  readonly address: TargetUri;
  readonly ringMs?: number;
}

/** All targets at once. */
export interface ForkPlan extends PlanBase {
  readonly kind: "fork";
  readonly targets: readonly TargetUri[];
  readonly ringMs?: number;
}

/** One plan after another until one succeeds. */
export interface SequencePlan extends PlanBase {
  readonly kind: "sequence";
  readonly steps: readonly Plan[];
}

export interface TrunkPlan extends PlanBase {
  readonly kind: "trunk";
  readonly trunk: string;
  /** The number or user to ask the trunk for; default: the Request-URI's user. */
  readonly user?: string;
  readonly ringMs?: number;
}

/** The caller is told where to try itself (redirect server, RFC 3261 §8.3). */
export interface RedirectPlan extends PlanBase {
  readonly kind: "redirect";
  /** 300 to 399. */
  readonly status: number;
  /** Empty for `registeredOf`. */
  readonly contacts: readonly TargetUri[];
  /** The registered contacts of this local user instead. */
  readonly registeredOf?: TargetUri;
}

export interface RejectPlan extends PlanBase {
  readonly kind: "reject";
  /** 400 to 699. */
  readonly status: number;
  /** Reason phrase; the standard one when absent. */
  readonly phrase?: string;
}

/** Forwarded without transaction state (RFC 3261 §16.11). */
export interface StatelessPlan extends PlanBase {
  readonly kind: "stateless";
  readonly target: TargetUri;
}

export type Plan = RegisteredPlan | ForkPlan | SequencePlan | TrunkPlan | RedirectPlan | RejectPlan | StatelessPlan;
