/** Turns a step of a plan into targets: bindings, foreign URIs, trunks. Refuses what the caller may not do. */

import { isSipUri, isTelUri, parseUri, type Uri, uriEquals } from "@trapezoid/sip/message";
import type { ProxyTarget } from "@trapezoid/sip/proxy";
import type { Flow } from "@trapezoid/sip/transport";
import type { ResolvedConfig } from "../config/types.ts";
import type { Plan, RedirectPlan, RegisteredPlan } from "../routing/plan.ts";
import type { Binding, LocationIndex } from "../store/contract.ts";
import type { House } from "./house.ts";
import type { Resolution } from "./plan-walk.ts";

/** Who asks. `account` is set for an authenticated user. */
export interface Caller {
  readonly account: string | undefined;
  readonly trusted: boolean;
}

export interface PlanResolverOptions {
  readonly config: ResolvedConfig;
  readonly house: House;
  readonly location: LocationIndex;
  /** The flow a binding registered on: `null` when its connection is gone, `undefined` to locate the contact instead. */
  readonly flowOf: (flowId: string) => Flow | null | undefined;
}

/** How many users one call may come to through contacts that are users themselves. */
const MAX_USERS = 16;

export class PlanResolver {
  readonly #options: PlanResolverOptions;

  constructor(options: PlanResolverOptions) {
    this.#options = options;
  }

  resolve(plan: Plan, requestUri: Uri | undefined, caller: Caller): Resolution {
    switch (plan.kind) {
      case "registered":
        return this.#registered(plan, caller);
      case "fork":
        return this.#fork(plan.targets, plan.ringMs, caller);
      case "trunk":
        return this.#trunk(plan.trunk, plan.user ?? userPart(requestUri), plan.ringMs, caller);
      case "redirect":
        return this.#redirect(plan, requestUri, caller);
      case "reject":
        return { kind: "answer", refusal: { status: plan.status, reason: plan.phrase ?? "" } };
      case "stateless":
        return this.#stateless(plan.target, caller);
      case "sequence":
        return failed(500, "A sequence is walked, not resolved");
      default:
        return plan satisfies never;
    }
  }

  /**
   * The targets that a followed 3xx may add (§16.7 step 4): local users for everybody, other domains only for callers who
   * may leave the house.
   */
  recurse(contacts: readonly string[], caller: Caller): readonly ProxyTarget[] {
    const targets: ProxyTarget[] = [];
    for (const contact of contacts) {
      const resolution = this.#fork([contact], undefined, caller);
      if (resolution.kind === "groups") targets.push(...resolution.groups.flat());
    }
    return targets;
  }

  /** Every live binding of the user that a URI of ours names; `undefined` for the URIs of others. */
  bindingsOf(uri: string): readonly ProxyTarget[] | undefined {
    const address = this.#options.house.addressOf(parsed(uri));
    return address === undefined ? undefined : this.#groupsOf(address).flat();
  }

  #registered(plan: RegisteredPlan, caller: Caller): Resolution {
    const address = this.#options.house.addressOf(parsed(plan.address));
    if (address === undefined) return failed(404, "Not a user of this server");
    const groups = this.#groupsOf(address);
    if (groups.length > 0) return { kind: "groups", groups, ringMs: plan.ringMs };
    // Strangers are not told who exists, nor does the time tell them: nobody is looked up.
    const known = !mayLeave(caller) || this.#options.location.account(address) !== undefined;
    return known ? failed(480, "Temporarily Unavailable") : failed(404, "Not Found");
  }

  /** The live bindings of a user: equal q in parallel, higher q first. `seen`: the users on the way here. */
  #groupsOf(address: string, seen?: Set<string>): readonly (readonly ProxyTarget[])[] {
    const bindings = this.#options.location.lookup(address);
    if (bindings.length === 0) return [];
    const users = seen ?? new Set([address]);
    if (bindings.length === 1) {
      const targets = this.#targetsOf(bindings[0]!, users);
      return targets.length === 0 ? [] : [targets];
    }
    const groups: ProxyTarget[][] = [];
    let q = -1;
    for (const flows of byPhone([...bindings].sort((a, b) => b.q - a.q))) {
      const targets = this.#targetsOfPhone(flows, users);
      if (targets.length === 0) continue;
      if (flows[0]!.q !== q) groups.push([]);
      q = flows[0]!.q;
      groups[groups.length - 1]!.push(...targets);
    }
    return groups;
  }

  /** RFC 5626 §7: a phone is called over one of its flows; each of the others waits for the one before it to fail. */
  #targetsOfPhone(flows: readonly Binding[], seen: Set<string>): readonly ProxyTarget[] {
    const ways = flows.map((binding) => this.#targetsOf(binding, seen)).filter((targets) => targets.length > 0);
    const first = ways[0] ?? [];
    if (ways.length < 2 || ways.some((targets) => targets.length > 1)) return first;
    return [ways.map(([target]) => target!).reduceRight((instead, target) => ({ ...target, instead }))];
  }

  /** Empty for a contact that no SIP request reaches. */
  #targetsOf(binding: Binding, seen: Set<string>): readonly ProxyTarget[] {
    const { contact: uri, path } = binding;
    // RFC 3261 §10.2.1: a contact may be any URI (mailto:, tel:).
    if (!/^sips?:/i.test(uri)) return [];
    // RFC 3327 §5.5: a binding with a Path is reached through it, not over a flow of ours.
    if (path.length > 0) return [{ uri, routes: path, label: "registered" }];
    const flow = this.#options.flowOf(binding.flowId);
    if (flow !== undefined) return [{ uri, flow, label: "registered" }];
    return this.#ownTargets(uri, seen) ?? [{ uri, label: "registered" }];
  }

  /**
   * Where a contact at this server itself leads: to the contacts of the user that it names (alice's calls go to bob). `undefined`
   * for a contact elsewhere; locating our own would send the request around in circles.
   */
  #ownTargets(contact: string, seen: Set<string>): readonly ProxyTarget[] | undefined {
    const uri = parsed(contact);
    if (uri === undefined || !isSipUri(uri)) return [];
    const { house } = this.#options;
    // A contact is an address to send to: without a port it means the default one (RFC 3263 §4.2), as in no From.
    const port = uri.port ?? (uri.scheme === "sips" ? 5061 : 5060);
    const place = { ...uri, port };
    if (house.domainOfUri(place) === undefined) return undefined;
    const address = house.addressOf(place);
    if (address === undefined || seen.has(address) || seen.size >= MAX_USERS) return [];
    seen.add(address);
    return this.#groupsOf(address, seen).flat();
  }

  #fork(targets: readonly string[], ringMs: number | undefined, caller: Caller): Resolution {
    const group: ProxyTarget[] = [];
    let nobody: Resolution | undefined;
    for (const target of targets) {
      const uri = parsed(target);
      if (uri === undefined || !isSipUri(uri)) {
        nobody = failed(404, `Not a SIP address: ${target}`);
        continue;
      }
      const address = this.#options.house.addressOf(uri);
      if (address !== undefined) {
        const groups = this.#groupsOf(address);
        if (groups.length === 0) nobody = failed(480, "Temporarily Unavailable");
        for (const part of groups) group.push(...part);
      } else if (this.#options.house.domainOfUri(uri) !== undefined) {
        nobody = failed(404, "Not Found");
      } else if (!mayLeave(caller)) {
        return leaving(target);
      } else {
        group.push({ uri: target, label: "foreign" });
      }
    }
    if (group.length === 0) return nobody ?? failed(404, "Not Found");
    return { kind: "groups", groups: [group], ringMs };
  }

  #trunk(name: string, user: string | undefined, ringMs: number | undefined, caller: Caller): Resolution {
    if (!mayLeave(caller)) return leaving(`trunk ${name}`);
    const trunk = this.#options.config.trunks.get(name);
    const target = trunk === undefined ? undefined : parsed(trunk.target);
    if (target === undefined || !isSipUri(target)) return failed(503, `Trunk ${name} is not configured`);
    if (user === undefined) return failed(404, `Nothing to dial on trunk ${name}`);
    const at = target.host + (target.port === undefined ? "" : `:${target.port}`);
    const params = target.params.map((param) => `;${param.name}${param.value === undefined ? "" : `=${param.value}`}`);
    const uri = `${target.scheme}:${user}@${at}${params.join("")}`;
    return { kind: "groups", groups: [[{ uri, label: `trunk ${name}` }]], ringMs };
  }

  #redirect(plan: RedirectPlan, requestUri: Uri | undefined, caller: Caller): Resolution {
    const contacts: string[] = [];
    const add = (contact: string, params = ""): void => {
      // RFC 3261 §8.3: never to where the caller has just been.
      const uri = parsed(contact);
      if (uri !== undefined && requestUri !== undefined && uriEquals(uri, requestUri)) return;
      contacts.push(`<${contact}>${params}`);
    };
    if (plan.registeredOf !== undefined) {
      const address = this.#options.house.addressOf(parsed(plan.registeredOf));
      const bindings = address === undefined ? [] : this.#options.location.lookup(address);
      if (bindings.length === 0) {
        const isThere = (): boolean => address !== undefined && this.#options.location.account(address) !== undefined;
        return !mayLeave(caller) || isThere() ? failed(480, "Temporarily Unavailable") : failed(404, "Not Found");
      }
      for (const { contact, q } of bindings) add(contact, q === 1000 ? "" : `;q=${q / 1000}`);
    } else {
      for (const contact of plan.contacts) {
        if (this.#options.house.domainOfUri(parsed(contact)) === undefined && !mayLeave(caller))
          return leaving(contact);
        add(contact);
      }
    }
    if (contacts.length === 0) return failed(480, "Temporarily Unavailable");
    const headers = contacts.map((contact) => ["Contact", contact] as const);
    return { kind: "answer", refusal: { status: plan.status, reason: "", headers } };
  }

  #stateless(target: string, caller: Caller): Resolution {
    const resolution = this.#fork([target], undefined, caller);
    if (resolution.kind !== "groups") return resolution;
    return { kind: "stateless", target: resolution.groups[0]![0]! };
  }
}

/** Whether a caller may reach what is not a user of this server. The engine decides this, whatever the route says. */
export function mayLeave(caller: Caller): boolean {
  return caller.trusted || caller.account !== undefined;
}

/** The bindings of one instance together, at the place of the first of them. */
function byPhone(bindings: readonly Binding[]): readonly (readonly Binding[])[] {
  const phones: Binding[][] = [];
  for (const binding of bindings) {
    const { instance } = binding;
    const known = instance === undefined ? undefined : phones.find(([first]) => first!.instance === instance);
    if (known === undefined) phones.push([binding]);
    else known.push(binding);
  }
  return phones;
}

function leaving(where: string): Resolution {
  const reason = `Only authenticated users and trusted sources may call ${where}`;
  return { kind: "answer", refusal: { status: 403, reason } };
}

function failed(status: number, reason: string): Resolution {
  return { kind: "failed", refusal: { status, reason } };
}

function parsed(text: string): Uri | undefined {
  const result = parseUri(text);
  return result.ok ? result.value : undefined;
}

/** What a trunk is asked for when the plan does not say: the user of a SIP URI, the number of a tel URI. */
function userPart(uri: Uri | undefined): string | undefined {
  if (uri === undefined) return undefined;
  if (isSipUri(uri)) return uri.user;
  return isTelUri(uri) ? uri.number.replace(/[-.() ]/g, "") : undefined;
}
