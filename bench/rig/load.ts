/** SIPp as load: how much it made and how it went, with CPU of the server under it, in a window of the steady state. */

import { availableParallelism } from "node:os";
import type { Sipp, SippSample } from "../../interop/rig/sipp.ts";
import { pause } from "../../interop/rig/wait.ts";
import { type CpuTime, cpuBetween, cpuOf, machineBusyMs } from "./process-tree.ts";
import { median, round } from "./report.ts";
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
  /** Processors that neither server nor SIPp had in the window, of all: above a few percent, the figures are not worth much. */
  readonly othersPercent: number;
}

export interface LoadPlan {
  readonly rate: number;
  /** Load before the window; longer than the server's longest timers, so that their cost is in the window too. */
  readonly rampSeconds: number;
  readonly windowSeconds: number;
  /** Other processes of the load, such as those who are called. */
  readonly beside?: readonly Sipp[];
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
    const all = [...load, ...(plan.beside ?? [])];
    const before = look(server, all);
    await pause(plan.windowSeconds * 1_000);
    const after = look(server, all);
    // SIPp writes its counts once a second: wait for the row behind the window.
    await pause(1_500);
    const samples = await Promise.all(load.map((one) => one.samples()));
    const done = samples.reduce((sum, one) => sum + succeededAt(one, after.at) - succeededAt(one, before.at), 0);
    const dead = load.find((one) => one.process.ended !== undefined);
    if (dead !== undefined)
      throw new Error(`SIPp ended (${dead.process.ended}) in the middle:\n${(await dead.counts()).errors}`);
    if (done <= 0)
      throw new Error(`${server.name} answered nothing at ${plan.rate}/s; its last words:\n${server.log()}`);
    const ends = await Promise.all(load.map((one) => one.quit()));
    const spent = cpuBetween(before.server, after.server);
    const spentMs = spent.userMs + spent.systemMs;
    const windowMs = after.at - before.at;
    const othersMs = after.machineMs - before.machineMs - spentMs - (after.loadMs - before.loadMs);
    const complaint = ends
      .find((one) => one.failed > 0)
      ?.errors.split("\n")
      .slice(0, 12)
      .join("\n");
    if (complaint !== undefined) console.log(complaint);
    const sum = (key: "succeeded" | "failed" | "retransmissions"): number =>
      ends.reduce((total, one) => total + one[key], 0);
    return {
      askedRate: plan.rate,
      rate: done / (windowMs / 1_000),
      cpuUs: (spentMs * 1_000) / done,
      userUs: (spent.userMs * 1_000) / done,
      systemUs: (spent.systemMs * 1_000) / done,
      units: sum("succeeded"),
      failed: sum("failed"),
      retransmissions: sum("retransmissions"),
      othersPercent: (Math.max(0, othersMs) * 100) / (windowMs * availableParallelism()),
    };
  } finally {
    for (const one of load) await one[Symbol.asyncDispose]();
  }
}

interface Look {
  readonly at: number;
  readonly server: CpuTime;
  readonly loadMs: number;
  readonly machineMs: number;
}

function look(server: MeasuredServer, load: readonly Sipp[]): Look {
  const used = load.map((one) => cpuOf(one.process.pid));
  return {
    at: Date.now(),
    server: cpuOf(server.pid),
    loadMs: used.reduce((sum, one) => sum + one.userMs + one.systemMs, 0),
    machineMs: machineBusyMs(),
  };
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
    othersPercent: middle("othersPercent"),
  };
}

/** One line for a person. */
export function describeCost(name: string, unit: string, cost: Cost): string {
  const { askedRate, cpuUs, userUs, systemUs, failed, retransmissions, units, othersPercent } = cost;
  const cpu = `${round(cpuUs)} µs per ${unit} (user ${round(userUs)}, system ${round(systemUs)})`;
  const outcome = `${failed} failed, ${retransmissions} retransmissions in ${units}`;
  return `${name} at ${askedRate}/s: ${cpu}, ${outcome}; others had ${round(othersPercent)} % of the machine`;
}
