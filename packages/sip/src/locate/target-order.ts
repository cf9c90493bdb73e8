/** From a plan to targets in the order in which they are tried. RFC 3263 §4.2 to §4.4, RFC 2782. */

import { sipHash, sipHashKey } from "@trapezoid/base";
import type { Target } from "../transport/contract.ts";
import type { Plan } from "./plan.ts";
import { weightedOrder } from "./srv-order.ts";

/** One draw: the groups in turn, within a group by weight. */
export function drawTargets(plan: Plan, random: () => number): readonly Target[] {
  return plan.groups.flatMap((group) => weightedOrder(group, random).flatMap((candidate) => candidate.targets));
}

/** The targets of a plan that has only one order; `undefined` when weights have a say. */
export function onlyOrder(plan: Plan): readonly Target[] | undefined {
  if (!plan.groups.every((group) => group.length === 1)) return undefined;
  return plan.groups.flatMap((group) => group[0]!.targets);
}

/** RFC 3263 §4.4: as `drawTargets`, by numbers that follow from a text alone; still every text has its fair draw. */
export function statelessTargets(plan: Plan, text: string): readonly Target[] {
  let count = 0;
  const random = () => (sipHash(statelessKey, `${text} ${count++}`)[0]! >>> 0) / 2 ** 32;
  return plan.groups.flatMap((group) =>
    // Name servers turn address records round; their order is fixed here.
    weightedOrder(group, random).flatMap((candidate) => [...candidate.targets].sort(byAddress)),
  );
}

/** RFC 3261 §18.1.1: large requests go by a transport with congestion control, and by UDP only where that is not taken. */
export function tcpFirst(targets: readonly Target[]): readonly Target[] {
  const datagrams = targets.filter((target) => target.kind === "udp");
  if (datagrams.length === 0) return targets;
  return [
    ...targets.map((target) => (target.kind === "udp" ? { ...target, kind: "tcp" as const } : target)),
    ...datagrams,
  ];
}

const statelessKey = sipHashKey(new Uint8Array(16));

function byAddress(a: Target, b: Target): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}
