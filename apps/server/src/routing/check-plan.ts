/** Checks a plan that a route made by hand. Plans of the planner were checked when they were built. */

import { err, ok, type Result } from "@trapezoid/base";
import { parseUri } from "@trapezoid/sip/message";
import { z } from "zod";
import { describeIssues, describeValue } from "../zod-issue.ts";
import type { Plan } from "./plan.ts";
import { isBuiltPlan } from "./plan-brand.ts";

/** Steps of a sequence, targets of a fork, contacts of a redirect. */
export const maxPlanWidth = 100;

/** `otherwise` and `steps` inside each other. */
const maxPlanDepth = 32;

/** A ring time beyond this is a mistake of unit. */
export const maxRingMs = 3_600_000;

/** Whether a text is a URI that a request can be sent to. */
export function isTarget(text: string): boolean {
  return /^(sip|sips|tel):/i.test(text) && parseUri(text).ok;
}

const target = z.string().refine(isTarget, { error: "expected a SIP, SIPS or TEL URI (sip:alice@example.com)" });
const targets = z.array(target).max(maxPlanWidth);
const ringMs = z.number().int().positive().max(maxRingMs).optional();
const base = {
  reason: z.string({ error: "expected a reason in words" }),
  otherwise: z.lazy((): z.ZodType<Plan> => plan).optional(),
};

const plan: z.ZodType<Plan> = z.custom<Plan>(isBuiltPlan).or(
  z.discriminatedUnion("kind", [
    z.strictObject({ ...base, kind: z.literal("registered"), address: target, ringMs }),
    z.strictObject({ ...base, kind: z.literal("fork"), targets: targets.min(1), ringMs }),
    z.strictObject({
      ...base,
      kind: z.literal("sequence"),
      steps: z
        .array(z.lazy((): z.ZodType<Plan> => plan))
        .min(1)
        .max(maxPlanWidth),
    }),
    z.strictObject({ ...base, kind: z.literal("trunk"), trunk: z.string(), user: z.string().optional(), ringMs }),
    z.strictObject({
      ...base,
      kind: z.literal("redirect"),
      status: z.number().int().min(300).max(399),
      contacts: targets,
      registeredOf: target.optional(),
    }),
    z.strictObject({
      ...base,
      kind: z.literal("reject"),
      status: z.number().int().min(400).max(699),
      phrase: z
        .string()
        .regex(/^[^\r\n]*$/, { error: "expected a phrase on one line" })
        .optional(),
    }),
    z.strictObject({ ...base, kind: z.literal("stateless"), target }),
  ]),
) as z.ZodType<Plan>;

/** The plan that a route returned, or in one line why it is none. */
export function checkPlan(value: unknown): Result<Plan, string> {
  if (isBuiltPlan(value)) return ok(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return err(`expected a plan (plan.registered(…), plan.fork(…), …) or undefined, found ${describeValue(value)}`);
  }
  if (typeof (value as { then?: unknown }).then === "function") {
    return err("expected a plan, found a promise: a route is synchronous, it reads what it needs before it is asked");
  }
  if (isDeeper(value, maxPlanDepth))
    return err(`expected a plan nested at most ${maxPlanDepth} deep; does it contain itself?`);
  const checked = plan.safeParse(value);
  return checked.success ? ok(checked.data) : err(describeIssues(checked.error, value));
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null || isBuiltPlan(value)) return false;
  if (depth === 0) return true;
  const { otherwise, steps } = value as { readonly otherwise?: unknown; readonly steps?: unknown };
  const inside = Array.isArray(steps) ? [otherwise, ...steps] : [otherwise];
  return inside.some((plan) => isDeeper(plan, depth - 1));
}
