/**
 * CPU per call of a record-routing proxy: Trapezoid beside Kamailio with one worker, in turn, the same SIPp calls through both.
 * A call is INVITE, 180, 200, ACK, 100 ms, BYE, 200 between a caller and a registered callee. Counted is the CPU of the whole
 * process tree in a window of the steady state. `--quick` is a short run, `--rounds N`, `--peer-only` proves the rig.
 */

import { parseArgs } from "node:util";
import { freePorts } from "../interop/rig/ports.ts";
import { type Sipp, startSipp } from "../interop/rig/sipp.ts";
import { type Cost, describeCost, measureLoad, medianCost } from "./rig/load.ts";
import { closingLine, median, round, table } from "./rig/report.ts";
import { type MeasuredServer, measureKamailio, measureTrapezoid } from "./rig/server.ts";

const options = {
  quick: { type: "boolean", default: false },
  "peer-only": { type: "boolean", default: false },
  rounds: { type: "string" },
} as const;

const { values } = parseArgs({ options });
const rates = [300, 1_000];
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
// 64·T1 of transactions that ended well is 32 s: after that their ends cost as much as their beginnings.
const rampSeconds = values.quick ? 6 : 34;
const windowSeconds = values.quick ? 8 : 20;
/** Compilers and caches settle. */
const warmUp = { rate: 1_000, rampSeconds: values.quick ? 8 : 20, windowSeconds: 1 };
const peakSteps = values.quick ? [] : [1_250, 1_500, 1_750, 2_000, 2_500, 3_000];
const peakSeconds = { rampSeconds: 4, windowSeconds: 8 };

/** One SIPp process tops out near 1,000 calls/s: two pairs share the load. */
const pairs = ["bench0", "bench1"];

interface Result {
  readonly name: string;
  readonly costs: Map<number, Cost[]>;
  readonly peaks: number[];
}

const contestants: readonly (readonly [string, () => Promise<MeasuredServer>])[] = [
  ["kamailio", () => measureKamailio("kamailio", "proxy.cfg")],
  values["peer-only"]
    ? ["kamailio again", () => measureKamailio("kamailio again", "proxy.cfg")]
    : ["trapezoid", startOurs],
];

async function startOurs(): Promise<MeasuredServer> {
  const ours = await measureTrapezoid("trapezoid", { trust: ["127.0.0.1"] });
  for (const user of pairs) await ours.server.addUser(`${user}@bench.test`, "not asked for");
  return ours;
}

function scenario(name: string): string {
  return `${import.meta.dirname}/sipp/${name}`;
}

/** A registered SIPp that answers calls for `user` until it is disposed of. */
async function startCallee(server: MeasuredServer, user: string): Promise<Sipp> {
  const port = await freePorts(2);
  await using registration = await startSipp({
    scenario: scenario("register.xml"),
    remote: server.address,
    port,
    calls: 1,
    fields: { order: "SEQUENTIAL", lines: [`${user};127.0.0.1:${port}`] },
    timeoutSeconds: 10,
  });
  const { status, errors } = await registration.finished();
  if (status !== 0) throw new Error(`${server.name} did not register ${user} (SIPp ended with ${status}):\n${errors}`);
  return startSipp({ scenario: scenario("callee.xml"), port, concurrent: 15_000 });
}

function startCallers(server: MeasuredServer, rate: number): Promise<readonly Sipp[]> {
  const start = (user: string): Promise<Sipp> =>
    startSipp({
      scenario: scenario("caller.xml"),
      remote: server.address,
      rate: rate / pairs.length,
      concurrent: rate * 5,
      fields: { order: "SEQUENTIAL", lines: [user] },
    });
  return Promise.all(pairs.map(start));
}

/** The highest rate that succeeds within 1 % of what was asked, with not more than one failure in a thousand. */
async function findPeak(server: MeasuredServer): Promise<number> {
  let peak = 0;
  for (const rate of peakSteps) {
    const cost = await measureLoad(server, { rate, ...peakSeconds }, () => startCallers(server, rate));
    if (cost.rate < rate * 0.99 || cost.failed > cost.units / 1_000) break;
    peak = round(cost.rate);
  }
  return peak;
}

async function measure(start: () => Promise<MeasuredServer>, result: Result, withPeak: boolean): Promise<void> {
  await using server = await start();
  const callees: Sipp[] = [];
  try {
    for (const user of pairs) callees.push(await startCallee(server, user));
    await measureLoad(server, warmUp, () => startCallers(server, warmUp.rate));
    for (const rate of rates) {
      const cost = await measureLoad(server, { rate, rampSeconds, windowSeconds, beside: callees }, () =>
        startCallers(server, rate),
      );
      result.costs.set(rate, [...(result.costs.get(rate) ?? []), cost]);
      console.log(describeCost(server.name, "call", cost));
    }
    if (withPeak && peakSteps.length > 0) result.peaks.push(await findPeak(server));
  } finally {
    for (const callee of callees) await callee[Symbol.asyncDispose]();
  }
}

const results: Result[] = contestants.map(([name]) => ({ name, costs: new Map(), peaks: [] }));
for (let turn = 0; turn < rounds; turn++) {
  console.log(`round ${turn + 1} of ${rounds}`);
  for (const [index, [, start]] of contestants.entries()) await measure(start, results[index]!, turn === rounds - 1);
}

function summaryOf(result: Result): object {
  const byRate = rates.map((rate): readonly [string, object] => {
    const {
      rate: achieved,
      cpuUs,
      userUs,
      systemUs,
      units,
      failed,
      retransmissions,
      othersPercent,
    } = medianCost(result.costs.get(rate)!);
    const figures = { cpuUs: round(cpuUs, 1), userUs: round(userUs, 1), systemUs: round(systemUs, 1) };
    return [
      `${rate}`,
      {
        ...figures,
        callsPerSecond: round(achieved, 1),
        calls: units,
        failed,
        retransmissions,
        othersPercent: round(othersPercent, 1),
      },
    ];
  });
  const peak = result.peaks.length === 0 ? {} : { peakCallsPerSecond: median(result.peaks) };
  return { name: result.name, ...Object.fromEntries(byRate), ...peak };
}

const [peer, ours] = results as [Result, Result];
const ratioAt = (rate: number): number =>
  medianCost(ours.costs.get(rate)!).cpuUs / medianCost(peer.costs.get(rate)!).cpuUs;
const ratios = Object.fromEntries(rates.map((rate) => [`${rate}`, round(ratioAt(rate), 3)]));
const rows = results.flatMap((result) =>
  rates.map((rate) => {
    const cost = medianCost(result.costs.get(rate)!);
    return [
      result.name,
      rate,
      round(cost.cpuUs),
      round(cost.userUs),
      round(cost.systemUs),
      cost.failed,
      cost.retransmissions,
      cost.units,
    ];
  }),
);
console.log(`\n${table(["server", "calls/s", "µs/call", "user", "system", "failed", "retransmitted", "calls"], rows)}`);
for (const result of results)
  if (result.peaks.length > 0)
    console.log(`${result.name}: peak ${median(result.peaks)} calls/s on this machine, load included`);
console.log(
  closingLine("proxy", Math.max(...rates.map(ratioAt)), summaryOf(ours), summaryOf(peer), {
    ratios,
    rounds,
    quick: values.quick,
  }),
);
