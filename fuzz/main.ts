/**
 * Fuzzing: inputs made from seed messages, tried on parser, framer, transactions and server, each input a function of seed and number.
 *
 *   npm run fuzz -- [--seconds N] [--seed TEXT] [--target NAME]… [--from N] [--count N] [--threads N]
 *   npm run fuzz -- --prove          only: are the planted bugs found?
 *   npm run fuzz -- --replay FILE    one input of regressions/ again
 *
 * Exit status 1 when there is a finding or a planted bug was missed.
 */

import { availableParallelism } from "node:os";
import { parseArgs, styleText } from "node:util";
import { seedNumber } from "./input/random.ts";
import { shown } from "./laws/law.ts";
import { planted } from "./planted/planted.ts";
import { openProgress } from "./run/progress.ts";
import { proveAll } from "./run/prove.ts";
import { readRegression, replay, writeRegression } from "./run/regressions.ts";
import { runWatched, type WatchResult } from "./run/watch.ts";
import { isTargetName, sharesOf, type TargetName, targetNames } from "./targets/targets.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    seed: { type: "string" },
    target: { type: "string", multiple: true },
    from: { type: "string", default: "0" },
    count: { type: "string" },
    prove: { type: "boolean", default: false },
    "no-prove": { type: "boolean", default: false },
    "no-write": { type: "boolean", default: false },
    threads: { type: "string" },
    replay: { type: "string" },
  },
});

const print = (line: string): void => console.log(line);

function wrongUsage(message: string): never {
  console.error(message);
  process.exit(2);
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : wrongUsage(`--${name} is a number, got ${text}`);
}

async function replayOne(file: string): Promise<number> {
  const regression = readRegression(file);
  const broken = await replay(regression);
  print(broken === undefined ? `${regression.name}: passes` : `${regression.name}: ${broken.message}`);
  return broken === undefined ? 0 : 1;
}

async function proveHarness(): Promise<number> {
  print(`planted bugs: ${planted.length}`);
  const missed = await proveAll(print);
  print(missed === 0 ? "all planted bugs were found\n" : `${missed} planted bugs were missed\n`);
  return missed;
}

async function fuzz(targets: readonly TargetName[], seconds: number, seed: string): Promise<number> {
  const shares = sharesOf(targets);
  const threads = values.threads === undefined ? availableParallelism() : numberOf("threads", values.threads);
  const results: WatchResult[] = [];
  let failures = 0;
  print(`seed ${seed}`);
  for (const target of targets) {
    const progress = openProgress(target);
    const result = await runWatched({
      target,
      threads,
      slice: {
        seed,
        seedNumber: seedNumber(seed),
        from: numberOf("from", values.from),
        count: values.count === undefined ? Number.MAX_SAFE_INTEGER : numberOf("count", values.count),
        until: Date.now() + seconds * 1000 * shares[target]!,
        growthEvery: growthEvery[target],
      },
      onProgress: progress.show,
      onFinding(finding) {
        progress.clear();
        failures++;
        const file = values["no-write"] ? "" : `\n  written to fuzz/regressions/${writeRegression(finding)}.txt`;
        const where = finding.index === -1 ? "" : ` --from ${finding.index} --count 1`;
        print(
          `${styleText("red", "FINDING")} ${finding.signature}\n  again: --target ${target} --seed ${seed}${where}${file}`,
        );
        print(`  ${finding.message.split("\n").slice(0, 8).join("\n  ")}\n  ${shown(finding.octets, 400)}`);
      },
    });
    progress.clear();
    results.push(result);
    print(lineOf(result));
  }
  const inputs = results.reduce((sum, result) => sum + result.inputs, 0);
  print(`\n${results.length} targets, ${inputs.toLocaleString("en")} inputs, ${failures} findings`);
  return failures;
}

function lineOf({ target, inputs, milliseconds, verdicts, findings, repeats }: WatchResult): string {
  const rate = Math.round((inputs * 1000) / milliseconds).toLocaleString("en");
  const again = repeats === 0 ? "" : ` (${repeats} more of the same)`;
  return `${target.padEnd(12)}${inputs.toLocaleString("en").padStart(11)} inputs ${rate.padStart(7)}/s ${String(verdicts.size).padStart(5)} kinds of verdict ${findings.length} findings${again}`;
}

const growthEvery: Readonly<Record<TargetName, number>> = {
  parser: 20_000,
  framer: 10_000,
  transaction: 500,
  server: 500,
  differential: 10_000,
};

const chosen = (values.target ?? targetNames).map((name) =>
  isTargetName(name) ? name : wrongUsage(`no target ${name}; there are ${targetNames.join(", ")}`),
);
const seconds = numberOf("seconds", values.seconds);
let failures = 0;
if (values.replay !== undefined) failures = await replayOne(values.replay);
else {
  if (values.prove || !values["no-prove"]) failures += await proveHarness();
  if (!values.prove) failures += await fuzz(chosen, seconds, values.seed ?? String(Date.now()));
}
process.exitCode = failures > 0 ? 1 : 0;
