/**
 * Fuzzing: inputs made from seed messages, tried on parser, framer, transactions and server, each input a function of seed and number.
 * `npm run fuzz -- --help` tells what it takes.
 */

import { planted } from "./planted/planted.ts";
import { runAll } from "./run/all-targets.ts";
import { type FuzzCommand, readCommand, usage } from "./run/command-line.ts";
import { proveAll } from "./run/prove.ts";
import { readRegression, replay } from "./run/regressions.ts";

const print = (line: string): void => console.log(line);

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

async function fuzz({ proves, seed = String(Date.now()), ...options }: FuzzCommand): Promise<number> {
  if (proves) {
    print(
      `Inputs are tried for ${options.seconds} s. Before, and on top of them: are ${planted.length} planted bugs found?`,
    );
    print("That can take minutes; --no-prove leaves it out.\n");
  }
  const missed = proves ? await proveHarness() : 0;
  return missed + (await runAll({ ...options, seed, print }));
}

const command = readCommand(process.argv.slice(2));
if (!command.ok) {
  console.error(`${command.error}\n\n${usage}`);
  process.exitCode = 2;
} else if (command.value.kind === "help") {
  print(usage);
} else {
  const asked = command.value;
  const failures =
    asked.kind === "fuzz"
      ? await fuzz(asked)
      : asked.kind === "prove"
        ? await proveHarness()
        : await replayOne(asked.file);
  process.exitCode = failures > 0 ? 1 : 0;
}
