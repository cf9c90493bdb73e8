/**
 * Fuzzing: inputs made from seed messages, tried on parser, framer, transactions and server, each input a function of seed and number.
 *
 *   npm run fuzz -- [--seconds N] [--seed TEXT] [--target NAME]… [--from N] [--count N] [--threads N] [--no-prove] [--no-write]
 *   npm run fuzz -- --prove          only: are the planted bugs found?
 *   npm run fuzz -- --replay FILE    one input of regressions/ again
 *
 * Exit status 1 when there is a finding or a planted bug was missed.
 */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { planted } from "./planted/planted.ts";
import { type RunName, runAll, runNames } from "./run/all-targets.ts";
import { proveAll } from "./run/prove.ts";
import { readRegression, replay } from "./run/regressions.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    seed: { type: "string" },
    target: { type: "string", multiple: true },
    from: { type: "string", default: "0" },
    count: { type: "string" },
    threads: { type: "string" },
    prove: { type: "boolean", default: false },
    "no-prove": { type: "boolean", default: false },
    "no-write": { type: "boolean", default: false },
    replay: { type: "string" },
  },
});

const print = (line: string): void => console.log(line);

function wrongUsage(message: string): never {
  console.error(message);
  process.exit(2);
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : wrongUsage(`--${name} is a number, got ${text}`);
}

function nameOf(name: string): RunName {
  const found = runNames.find((one) => one === name);
  return found ?? wrongUsage(`no target ${name}; there are ${runNames.join(", ")}`);
}

async function replayOne(file: string): Promise<number> {
  const regression = readRegression(file);
  const broken = await replay(regression);
  print(`${regression.name}: ${broken === undefined ? "passes" : broken.message}`);
  return broken === undefined ? 0 : 1;
}

async function proveHarness(): Promise<number> {
  print(`planted bugs: ${planted.length}`);
  const missed = await proveAll(print);
  print(missed === 0 ? "all planted bugs were found\n" : `${missed} planted bugs were missed\n`);
  return missed;
}

async function fuzz(): Promise<number> {
  const missed = values["no-prove"] ? 0 : await proveHarness();
  if (values.prove) return missed;
  const found = await runAll({
    names: values.target?.map(nameOf) ?? runNames,
    seconds: numberOf("seconds", values.seconds, 30),
    seed: values.seed ?? String(Date.now()),
    from: numberOf("from", values.from, 0),
    count: numberOf("count", values.count, Number.MAX_SAFE_INTEGER),
    threads: numberOf("threads", values.threads, availableParallelism()),
    write: !values["no-write"],
    print,
  });
  return missed + found;
}

const failures = values.replay === undefined ? await fuzz() : await replayOne(values.replay);
process.exitCode = failures > 0 ? 1 : 0;
