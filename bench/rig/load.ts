/** SIPp as load: how much it made and how it went, with CPU of the server under it, in a window of the steady state. */

import type { Sipp, SippSample } from "../../interop/rig/sipp.ts";
import { pause } from "../../interop/rig/wait.ts";
import { cpuBetween, cpuOf } from "./process-tree.ts";
import { median } from "./report.ts";
import type { MeasuredServer } from "./server.ts";

export interface Cost {
  /** Units (calls, registrations) per second that SIPp was asked for, and that succeeded in the window. */
  readonly askedRate: number;
  readonly rate: number;
  /** Microseconds of CPU per unit. */
  readonly cpuUs: number;
  readonly userUs: number;
  readonly systemUs: number;
  /** From the start of the load to its end, not the window alone. */
  readonly units: number;
  readonly failed: number;
  readonly retransmissions: number;
}

export interface LoadPlan {
  readonly rate: number;
  /** Load before the window; longer than the server's longest timers, so that their cost is in the window too. */
  readonly rampSeconds: number;
  readonly windowSeconds: number;
}

/** `start` begins SIPp processes that together make the rate until told to quit. */
export async function measureLoad(
  server: MeasuredServer,
  plan: LoadPlan,
  start: () => Promise<readonly Sipp[]>,
): Promise<Cost> {
  const load = await start();
  try {
    await pause(plan.rampSeconds * 1_000);
    const [beforeAt, before] = [Date.now(), cpuOf(server.pid)];
    await pause(plan.windowSeconds * 1_000);
    const [afterAt, after] = [Date.now(), cpuOf(server.pid)];
    // SIPp writes its counts once a second: wait for the row behind the window.
    await pause(1_500);
    const samples = await Promise.all(load.map((one) => one.samples()));
    const done = samples.reduce((sum, one) => sum + succeededAt(one, afterAt) - succeededAt(one, beforeAt), 0);
    const dead = load.find((one) => one.process.ended !== undefined);
    if (dead !== undefined)
      throw new Error(`SIPp ended (${dead.process.ended}) in the middle:\n${(await dead.counts()).errors}`);
    if (done <= 0)
      throw new Error(`${server.name} answered nothing at ${plan.rate}/s; its last words:\n${server.log()}`);
    const ends = await Promise.all(load.map((one) => one.quit()));
    const spent = cpuBetween(before, after);
    const sum = (key: "succeeded" | "failed" | "retransmissions"): number =>
      ends.reduce((total, one) => total + one[key], 0);
    return {
      askedRate: plan.rate,
      rate: done / ((afterAt - beforeAt) / 1_000),
      cpuUs: ((spent.userMs + spent.systemMs) * 1_000) / done,
      userUs: (spent.userMs * 1_000) / done,
      systemUs: (spent.systemMs * 1_000) / done,
      units: sum("succeeded"),
      failed: sum("failed"),
      retransmissions: sum("retransmissions"),
    };
  } finally {
    for (const one of load) await one[Symbol.asyncDispose]();
  }
}

/** Between two rows the count is a straight line. */
function succeededAt(samples: readonly SippSample[], at: number): number {
  const next = samples.findIndex((sample) => sample.at >= at);
  const [from, to] = [samples[next - 1], samples[next]];
  if (from === undefined || to === undefined) return samples.at(-1)?.succeeded ?? 0;
  return from.succeeded + ((to.succeeded - from.succeeded) * (at - from.at)) / (to.at - from.at);
}

/** The median of each figure over rounds; failures and retransmissions are summed, they must not hide. */
export function medianCost(costs: readonly Cost[]): Cost {
  const middle = (key: keyof Cost): number => median(costs.map((cost) => cost[key]));
  const sum = (key: keyof Cost): number => costs.reduce((total, cost) => total + cost[key], 0);
  return {
    askedRate: middle("askedRate"),
    rate: middle("rate"),
    cpuUs: middle("cpuUs"),
    userUs: middle("userUs"),
    systemUs: middle("systemUs"),
    units: sum("units"),
    failed: sum("failed"),
    retransmissions: sum("retransmissions"),
  };
}
