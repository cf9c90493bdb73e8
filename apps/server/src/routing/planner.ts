/** The second argument of a route: makes plans. Misuse throws a TypeError at once, where the route's author sees it. */

import { checkPlan } from "./check-plan.ts";
import type {
  ForkPlan,
  Plan,
  RedirectPlan,
  RegisteredPlan,
  RejectPlan,
  SequencePlan,
  StatelessPlan,
  TargetUri,
  TrunkPlan,
} from "./plan.ts";
import * as argument from "./plan-argument.ts";
import { brandPlan } from "./plan-brand.ts";
import type { RouteUri } from "./route-uri.ts";

/** `request.uri`, or a URI as text. */
export type PlanTarget = RouteUri | TargetUri;

export interface PlanOptions {
  /** Why, in words; shown with the call. A sensible one is made when you give none. */
  readonly reason?: string;
  /** What to do when this fails: no answer, busy, nobody there. */
  readonly otherwise?: Plan;
}

export interface RingOptions extends PlanOptions {
  /** Milliseconds it may ring. */
  readonly ringMs?: number;
}

export interface TrunkOptions extends RingOptions {
  /** The number to ask the trunk for; default: the Request-URI's user. */
  readonly user?: string;
}

export interface RedirectOptions extends PlanOptions {
  /** 300 to 399, default 302. */
  readonly status?: number;
}

export interface RejectOptions {
  readonly reason?: string;
  /** Reason phrase of the response; default: the standard one. */
  readonly phrase?: string;
}

export interface Planner {
  /** Every registered contact of a local user: `request.uri`, `"alice"`, `"alice@example.com"`. */
  registered(user: PlanTarget, options?: RingOptions): RegisteredPlan;
  /** All targets at once. */
  fork(targets: readonly PlanTarget[], options?: RingOptions): ForkPlan;
  /** One target. */
  forward(target: PlanTarget, options?: RingOptions): ForkPlan;
  /** One plan after another until one succeeds. */
  sequence(steps: readonly Plan[], options?: PlanOptions): SequencePlan;
  trunk(name: string, options?: TrunkOptions): TrunkPlan;
  /** The caller is told where to try itself. */
  redirect(contacts: PlanTarget | readonly PlanTarget[], options?: RedirectOptions): RedirectPlan;
  /** The caller is told the registered contacts of a local user. */
  redirectRegistered(user: PlanTarget, options?: RedirectOptions): RedirectPlan;
  reject(status: number, options?: RejectOptions): RejectPlan;
  /** Forwarded without transaction state. */
  stateless(target: PlanTarget, options?: Pick<PlanOptions, "reason">): StatelessPlan;
}

export interface PlannerOptions {
  /** The primary domain: what a user without a domain belongs to. Default `localhost`, which every server is. */
  readonly domain?: string;
  /** Names of the configured trunks; without, any name will do. */
  readonly trunks?: readonly string[];
}

export function createPlanner(options: PlannerOptions = {}): Planner {
  const { domain = "localhost", trunks } = options;
  return {
    registered(user, given) {
      const address = argument.address("registered", user, domain);
      return brandPlan({
        kind: "registered",
        reason: `the registered contacts of ${argument.nameOf(address)}`,
        address,
        ...argument.options("registered", given, ["reason", "otherwise", "ringMs"], checkPlan),
      });
    },
    fork(targets, given) {
      const uris = argument.targets("fork", targets);
      return brandPlan({
        kind: "fork",
        reason: uris.length === 1 ? `forwarded to ${uris[0]}` : `${uris.length} targets at once`,
        targets: uris,
        ...argument.options("fork", given, ["reason", "otherwise", "ringMs"], checkPlan),
      });
    },
    forward(target, given) {
      const uri = argument.target("forward", target);
      return brandPlan({
        kind: "fork",
        reason: `forwarded to ${uri}`,
        targets: Object.freeze([uri]),
        ...argument.options("forward", given, ["reason", "otherwise", "ringMs"], checkPlan),
      });
    },
    sequence(steps, given) {
      const plans = argument.steps("sequence", steps, checkPlan);
      return brandPlan({
        kind: "sequence",
        reason: `${plans.length} plans, one after another`,
        steps: plans,
        ...argument.options("sequence", given, ["reason", "otherwise"], checkPlan),
      });
    },
    trunk(name, given) {
      argument.trunk("trunk", name, trunks);
      return brandPlan({
        kind: "trunk",
        reason: `by trunk ${name}`,
        trunk: name,
        ...argument.options("trunk", given, ["reason", "otherwise", "ringMs", "user"], checkPlan),
      });
    },
    redirect(contacts, given) {
      const list = Array.isArray(contacts) ? (contacts as readonly PlanTarget[]) : [contacts as PlanTarget];
      const uris = argument.targets("redirect", list);
      return brandPlan({
        kind: "redirect",
        reason: `the caller is sent to ${uris.join(", ")}`,
        status: 302,
        contacts: uris,
        ...argument.options("redirect", given, ["reason", "otherwise", "status"], checkPlan),
      });
    },
    redirectRegistered(user, given) {
      const address = argument.address("redirectRegistered", user, domain);
      return brandPlan({
        kind: "redirect",
        reason: `the caller is told the contacts of ${argument.nameOf(address)}`,
        status: 302,
        contacts: Object.freeze([]),
        registeredOf: address,
        ...argument.options("redirectRegistered", given, ["reason", "otherwise", "status"], checkPlan),
      });
    },
    reject(status, given) {
      return brandPlan({
        kind: "reject",
        reason: `refused with ${status}`,
        status: argument.status("reject", status, 400, 699),
        ...argument.options("reject", given, ["reason", "phrase"], checkPlan),
      });
    },
    stateless(target, given) {
      const uri = argument.target("stateless", target);
      return brandPlan({
        kind: "stateless",
        reason: `forwarded without state to ${uri}`,
        target: uri,
        ...argument.options("stateless", given, ["reason"], checkPlan),
      });
    },
  };
}
