/** Checks what a route hands to the planner; every complaint names the method, what was expected and what came. */

import type { Result } from "@trapezoid/base";
import { describeValue } from "../zod-issue.ts";
import { isTarget, maxPlanWidth, maxRingMs } from "./check-plan.ts";
import type { Plan, TargetUri } from "./plan.ts";
import { escapeUser, type RouteUri } from "./route-uri.ts";

type CheckPlan = (value: unknown) => Result<Plan, string>;

function misuse(method: string, expected: string, found: unknown): TypeError {
  return new TypeError(`plan.${method}: expected ${expected}, found ${describeValue(found)}`);
}

function isRouteUri(value: unknown): value is RouteUri {
  return typeof value === "object" && value !== null && typeof (value as { text?: unknown }).text === "string";
}

/** A URI as text that a request can be sent to. */
export function target(method: string, value: unknown): TargetUri {
  const text = isRouteUri(value) ? value.text : value;
  if (typeof text === "string" && isTarget(text)) return text;
  throw misuse(method, 'a URI ("sip:alice@example.com", request.uri)', text);
}

export function targets(method: string, value: unknown): readonly TargetUri[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxPlanWidth) {
    throw misuse(method, `a list of 1 to ${maxPlanWidth} URIs`, value);
  }
  return Object.freeze(value.map((item) => target(method, item)));
}

/** The address of a local user as a SIP URI without parameters. */
export function address(method: string, value: unknown, domain: string): TargetUri {
  const expected = 'a user ("alice", "alice@example.com", request.uri)';
  if (isRouteUri(value)) {
    if (value.user === undefined) throw misuse(method, expected, value.text);
    return sipAddress(value.user, value.host === "" ? domain : value.host, value.port);
  }
  if (typeof value !== "string" || value === "" || /[\s<>"]/.test(value)) throw misuse(method, expected, value);
  if (/^(sip|sips|tel):/i.test(value)) {
    if (!isTarget(value) || !value.includes("@")) throw misuse(method, expected, value);
    return value.replace(/[;?].*$/, "");
  }
  const at = value.lastIndexOf("@");
  const uri =
    at === -1 ? `sip:${escapeUser(value)}@${domain}` : `sip:${escapeUser(value.slice(0, at))}${value.slice(at)}`;
  if (!isTarget(uri)) throw misuse(method, expected, value);
  return uri;
}

function sipAddress(user: string, host: string, port: number | undefined): TargetUri {
  const hostText = host.includes(":") ? `[${host}]` : host;
  return `sip:${escapeUser(user)}@${hostText}${port === undefined ? "" : `:${port}`}`;
}

/** `alice@example.com` of `sip:alice@example.com`, for a reason. */
export function nameOf(uri: TargetUri): string {
  return uri.replace(/^sips?:/i, "");
}

export function status(method: string, value: unknown, from: number, to: number): number {
  if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return value as number;
  throw misuse(method, `a status from ${from} to ${to}`, value);
}

export function trunk(method: string, name: unknown, known: readonly string[] | undefined): void {
  if (typeof name === "string" && name !== "" && (known?.includes(name) ?? true)) return;
  const expected =
    known?.length === 0 ? "a trunk, but the configuration has none" : `a trunk (${(known ?? ["a name"]).join(", ")})`;
  throw misuse(method, expected, name);
}

export function steps(method: string, value: unknown, check: CheckPlan): readonly Plan[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxPlanWidth) {
    throw misuse(method, `a list of 1 to ${maxPlanWidth} plans`, value);
  }
  return Object.freeze(value.map((item) => subPlan(method, item, check)));
}

function subPlan(method: string, value: unknown, check: CheckPlan): Plan {
  const checked = check(value);
  if (checked.ok) return checked.value;
  throw new TypeError(`plan.${method}: ${checked.error}`);
}

interface Options {
  readonly reason: string;
  readonly otherwise: Plan;
  readonly ringMs: number;
  readonly user: string;
  readonly status: number;
  readonly phrase: string;
}

/** The options that were given, checked; absent and undefined ones are left out, so that a plan stays plain JSON. */
export function options(
  method: string,
  given: unknown,
  names: readonly (keyof Options)[],
  check: CheckPlan,
): Partial<Options> {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw misuse(method, `options { ${names.join(", ")} }`, given);
  }
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name as never))
      throw new TypeError(`plan.${method}: no option "${name}"; it takes ${names.join(", ")}`);
    if (value !== undefined) checked[name] = optionValue(method, name, value, check);
  }
  return checked;
}

function optionValue(method: string, name: string, value: unknown, check: CheckPlan): unknown {
  switch (name) {
    case "otherwise":
      return subPlan(method, value, check);
    case "ringMs":
      if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= maxRingMs) return value;
      throw misuse(method, `ringMs in milliseconds, 1 to ${maxRingMs}`, value);
    case "status":
      return status(method, value, 300, 399);
    case "user":
      if (typeof value === "string" && value !== "" && !/[\s<>"@\r\n]/.test(value)) return escapeUser(value);
      throw misuse(method, 'user as a number or name ("+12015550123")', value);
    default:
      if (typeof value === "string" && value !== "" && !/[\r\n]/.test(value)) return value;
      throw misuse(method, `${name} as text on one line`, value);
  }
}
