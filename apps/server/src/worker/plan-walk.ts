/** Walks a plan: step after step, `otherwise` after a failure, each step turned into targets or into an answer of ours. */

import type { ProxyTarget, Refusal } from "@trapezoid/sip/proxy";
import type { Plan } from "../routing/plan.ts";

/** What one step of a plan comes to. */
export type Resolution =
  | {
      readonly kind: "groups";
      readonly groups: readonly (readonly ProxyTarget[])[];
      readonly ringMs?: number | undefined;
    }
  /** An answer of ours that ends the walk: reject, redirect, or a step that the caller may not take. */
  | { readonly kind: "answer"; readonly refusal: Refusal }
  | { readonly kind: "stateless"; readonly target: ProxyTarget }
  /** Nobody there: `otherwise` is tried, and this is the answer when nothing is left. */
  | { readonly kind: "failed"; readonly refusal: Refusal };

/** What was decided and why, in the order it happened. */
export interface PlanStep {
  readonly kind: Plan["kind"];
  readonly reason: string;
  readonly outcome: string;
}

/** How many steps a plan may take: a plan is a value, but a sequence may be long by mistake. */
const MAX_STEPS = 64;

export class PlanWalk {
  readonly steps: PlanStep[] = [];
  readonly #pending: Plan[];
  readonly #resolve: (plan: Plan) => Resolution;
  /** The answer when no step has reached anybody. */
  #failure: Refusal | undefined;

  constructor(plan: Plan, resolve: (plan: Plan) => Resolution) {
    this.#pending = [plan];
    this.#resolve = resolve;
  }

  get failure(): Refusal | undefined {
    return this.#failure;
  }

  /** The next step that leads anywhere; `undefined` when the plan is used up. */
  next(): Exclude<Resolution, { kind: "failed" }> | undefined {
    for (;;) {
      const plan = this.#pending.shift();
      if (plan === undefined) return undefined;
      if (this.steps.length >= MAX_STEPS) {
        const refusal = { status: 500, reason: `The plan has more than ${MAX_STEPS} steps` };
        return { kind: "answer", refusal };
      }
      if (plan.otherwise !== undefined) this.#pending.unshift(plan.otherwise);
      if (plan.kind === "sequence") {
        this.#pending.unshift(...plan.steps);
        continue;
      }
      const resolution = this.#resolve(plan);
      this.steps.push({ kind: plan.kind, reason: plan.reason, outcome: outcomeOf(resolution) });
      if (resolution.kind !== "failed") return resolution;
      this.#failure = resolution.refusal;
    }
  }
}

function outcomeOf(resolution: Resolution): string {
  switch (resolution.kind) {
    case "groups":
      return resolution.groups.map((group) => group.map((target) => target.uri).join(" + ")).join(", then ");
    case "answer":
    case "failed":
      return `${resolution.refusal.status} ${resolution.refusal.reason}`;
    case "stateless":
      return `without state to ${resolution.target.uri}`;
  }
}
