/** Runs the chosen targets one after the other, tells findings as they come, and sums up. */

import { styleText } from "node:util";
import { seedNumber } from "../input/random.ts";
import { shown } from "../laws/law.ts";
import { runLive } from "../live/live.ts";
import type { TargetName } from "../targets/targets.ts";
import { openProgress, type Progress } from "./progress.ts";
import { writeRegression } from "./regressions.ts";
import type { Finding } from "./slice.ts";
import { runWatched } from "./watch.ts";

/** `live` is a real server; it takes no part in minimising and regressions, since what the network does is not repeatable. */
export type RunName = TargetName | "live";

export interface RunOptions {
  readonly names: readonly RunName[];
  readonly seconds: number;
  readonly seed: string;
  readonly from: number;
  readonly count: number;
  readonly threads: number;
  /** Findings become files of regressions/. */
  readonly write: boolean;
  readonly print: (line: string) => void;
}

/** How much of the time each gets, and after how many inputs the heap is looked at. */
const settings: Readonly<Record<RunName, { readonly weight: number; readonly growthEvery: number }>> = {
  parser: { weight: 3, growthEvery: 20_000 },
  framer: { weight: 2, growthEvery: 10_000 },
  transaction: { weight: 3, growthEvery: 500 },
  server: { weight: 3, growthEvery: 500 },
  differential: { weight: 1, growthEvery: 10_000 },
  live: { weight: 3, growthEvery: 1_000 },
};

export const runNames = Object.keys(settings) as readonly RunName[];

/** The share of the time, by name; together 1. */
export function sharesOf(names: readonly RunName[]): ReadonlyMap<RunName, number> {
  const all = names.reduce((sum, name) => sum + settings[name].weight, 0);
  return new Map(names.map((name) => [name, settings[name].weight / all]));
}

/** How many findings there were, a target that tried no input at all counted as one. */
export async function runAll(options: RunOptions): Promise<number> {
  const { names, print } = options;
  const shares = sharesOf(names);
  let inputs = 0;
  let findings = 0;
  let notReached = 0;
  print(`seed ${options.seed}`);
  for (const name of names) {
    const progress = openProgress(name);
    const result = await runOne(name, options, shares.get(name)!, progress);
    progress.clear();
    print(lineOf(name, result));
    inputs += result.inputs;
    findings += result.findings.length;
    if (result.inputs === 0) notReached++;
  }
  const missed = notReached === 0 ? "" : `, ${notReached} not reached`;
  print(`\n${names.length} targets${missed}, ${inputs.toLocaleString("en")} inputs, ${findings} findings`);
  return findings + notReached;
}

interface OneResult {
  readonly inputs: number;
  readonly milliseconds: number;
  readonly findings: readonly Finding[];
  readonly verdicts?: ReadonlyMap<string, number>;
  readonly repeats?: number;
}

function runOne(name: RunName, options: RunOptions, share: number, progress: Progress): Promise<OneResult> {
  const { seed, from, count, threads, seconds } = options;
  const milliseconds = seconds * 1000 * share;
  const onFinding = (finding: Finding): void => {
    progress.clear();
    tell(finding, options);
  };
  const onProgress = progress.show;
  if (name === "live") return runLive({ seed, from, count, milliseconds, onProgress, onFinding });
  const { growthEvery } = settings[name];
  const slice = { seed, seedNumber: seedNumber(seed), from, count, milliseconds, growthEvery };
  return runWatched({ target: name, threads, slice, onProgress, onFinding });
}

function tell(finding: Finding, { seed, write, print }: RunOptions): void {
  const { target, signature, message, index, octets } = finding;
  const isOne = index !== -1 && target !== "live";
  const where = isOne ? ` --from ${index} --count 1` : target === "live" ? ` --from ${index} --count 200` : "";
  print(`${styleText("red", "FINDING")} ${signature}`);
  print(`  again: npm run fuzz -- --no-prove --target ${target} --seed ${seed}${where}`);
  if (write && isOne) print(`  written to fuzz/regressions/${writeRegression(finding)}.txt`);
  print(`  ${message.split("\n").slice(0, 8).join("\n  ")}`);
  if (isOne) print(`  ${shown(octets, 400)}`);
}

function lineOf(name: RunName, { inputs, milliseconds, verdicts, findings, repeats = 0 }: OneResult): string {
  if (inputs === 0 && findings.length === 0)
    return `${name.padEnd(12)}${styleText("red", "not reached")}: its time was over before the first input; more --seconds, or fewer targets`;
  const rate = Math.round((inputs * 1000) / milliseconds).toLocaleString("en");
  const kinds = verdicts === undefined ? "" : `${String(verdicts.size).padStart(5)} kinds of verdict,`;
  const again = repeats === 0 ? "" : ` (${repeats} more of the same)`;
  return `${name.padEnd(12)}${inputs.toLocaleString("en").padStart(11)} inputs ${rate.padStart(7)}/s ${kinds.padEnd(23)} ${findings.length} findings${again}`;
}
