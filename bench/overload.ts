/**
 * Calls that are set up when more come than one thread can serve, with overload control and without: the same server, the same SIPp calls,
 * at 1, 2 and 3 times what it can do. So that a small machine can offer that much, the route of the server works for `--burn-ms` on each
 * call (default 3), as one that looks things up would. `--quick` is a short run.
 */

import { parseArgs } from "node:util";
import { type Sipp, type SippSample, startSipp } from "../interop/rig/sipp.ts";
import { startTrapezoid, type Trapezoid } from "../interop/rig/trapezoid.ts";
import { pause } from "../interop/rig/wait.ts";
import { closingLine, round, table } from "./rig/report.ts";

const options = {
  quick: { type: "boolean", default: false },
  "burn-ms": { type: "string", default: "3" },
} as const;

const { values } = parseArgs({ options });
const burnMs = Number(values["burn-ms"]);
const factors = [1, 2, 3];
/** Before the window: the server's compilers settle, then overload control finds its share. */
const warmUp = { rate: 60, seconds: values.quick ? 4 : 8 };
const rampSeconds = values.quick ? 10 : 15;
const windowSeconds = values.quick ? 10 : 30;

interface Result {
  readonly name: string;
  readonly factor: number;
  /** Calls per second. */
  readonly offered: number;
  readonly completed: number;
  readonly turnedAway: number;
  readonly failed: number;
  readonly retransmissions: number;
}

async function startServer(callee: Sipp, sheds: boolean): Promise<Trapezoid> {
  return startTrapezoid({
    listen: ["udp://127.0.0.1:0"],
    trust: ["127.0.0.1"],
    config: `
function work(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
export default {
  domains: ["bench.test"],
  overload: ${sheds ? "{}" : "false"},
  trunks: { callee: { target: "sip:${callee.address}" } },
  route(request, plan) {
    work(${burnMs});
    return plan.trunk("callee");
  },
};
`,
  });
}

function startCalls(server: Trapezoid, rate: number): Promise<Sipp> {
  return startSipp({
    scenario: `${import.meta.dirname}/sipp/caller-or-turned-away.xml`,
    remote: server.at("udp"),
    rate,
    concurrent: 18_000,
    fields: { order: "SEQUENTIAL", lines: ["callee"] },
  });
}

/** Runs `work` beside calls, which are ended then without waiting for them. */
async function beside<T>(server: Trapezoid, rate: number, work: (calls: Sipp) => Promise<T>): Promise<T> {
  await using calls = await startCalls(server, rate);
  return await work(calls);
}

async function busyOf(server: Trapezoid): Promise<number> {
  const { body } = await server.api("GET", "process");
  return (body as { readonly threads: Readonly<Record<string, Readonly<Record<string, number>>>> }).threads[
    "worker-1"
  ]!["overload.busy"]!;
}

/** Calls per second that keep the thread busy all the time, by how busy a few keep it. */
async function findCapacity(callee: Sipp): Promise<number> {
  await using server = await startServer(callee, true);
  await beside(server, warmUp.rate, () => pause(warmUp.seconds * 1_000));
  return await beside(server, warmUp.rate, async () => {
    const seen: number[] = [];
    await pause(1_000);
    while (seen.length < 40) {
      seen.push(await busyOf(server));
      await pause(110);
    }
    return warmUp.rate / (seen.reduce((sum, one) => sum + one, 0) / seen.length);
  });
}

/** The rates between two rows, one second apart or more. */
function ratesBetween(
  from: SippSample,
  to: SippSample,
): Pick<Result, "completed" | "turnedAway" | "failed" | "retransmissions"> {
  const seconds = (to.at - from.at) / 1_000;
  const rate = (key: keyof SippSample): number => (to[key] - from[key]) / seconds;
  const turnedAway = rate("counted");
  return {
    completed: rate("succeeded") - turnedAway,
    turnedAway,
    failed: rate("failed"),
    retransmissions: rate("retransmissions"),
  };
}

async function measure(callee: Sipp, sheds: boolean, factor: number, capacity: number): Promise<Result> {
  await using server = await startServer(callee, sheds);
  const name = sheds ? "on" : "off";
  const offered = capacity * factor;
  await beside(server, warmUp.rate, () => pause(warmUp.seconds * 1_000));
  const rates = await beside(server, Math.round(offered), async (calls) => {
    await pause((rampSeconds + windowSeconds) * 1_000 + 1_500);
    const rows = await calls.samples();
    const end = rows.at(-1)!;
    const start = rows.findLast((row) => row.at <= end.at - windowSeconds * 1_000) ?? rows[0]!;
    return ratesBetween(start, end);
  });
  const result = { name, factor, offered, ...rates };
  console.log(`overload control ${name}, ${factor} times: ${round(result.completed)} of ${round(offered)} calls/s`);
  return result;
}

await using callee = await startSipp({ scenario: `${import.meta.dirname}/sipp/callee.xml`, concurrent: 18_000 });
const capacity = await findCapacity(callee);
console.log(`one thread can do about ${round(capacity)} calls/s, with ${burnMs} ms of work in the route of each`);
const results: Result[] = [];
for (const factor of factors) {
  for (const sheds of [true, false]) results.push(await measure(callee, sheds, factor, capacity));
}
const head = ["overload control", "times", "offered/s", "completed/s", "503/s", "failed/s", "retransmitted/s"];
const rows = results.map(({ name, factor, offered, completed, turnedAway, failed, retransmissions }) => [
  name,
  factor,
  round(offered),
  round(completed),
  round(turnedAway),
  round(failed),
  round(retransmissions),
]);
console.log(`\n${table(head, rows)}`);
const most = factors.at(-1)!;
const completedAt = (name: string, factor: number): number =>
  results.find((result) => result.name === name && result.factor === factor)!.completed;
const summary = (name: string): object => ({
  name: `overload control ${name}`,
  completedPerSecond: Object.fromEntries(factors.map((factor) => [`${factor}`, round(completedAt(name, factor), 1)])),
});
console.log(
  closingLine("overload", completedAt("off", most) / completedAt("on", most), summary("on"), summary("off"), {
    capacity: round(capacity, 1),
    burnMs,
    quick: values.quick,
  }),
);
