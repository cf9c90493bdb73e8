/**
 * The gate: format, lint, layer walls, types, unit tests, README examples, browser bundles. One line each, what fails in
 * full. `npm run check -- walls types` runs those alone.
 */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { styleText } from "node:util";
import { browserEntries, bundleForBrowsers } from "./browser-bundles.ts";
import { checkExamples, findExamples } from "./readme-examples.ts";
import { allFiles, packageFiles, root } from "./source-files.ts";
import { checkWalls, readSources } from "./walls.ts";

interface Outcome {
  readonly ok: boolean;
  /** A few words for the summary line. */
  readonly note: string;
  /** Shown in full when the step failed. */
  readonly output?: string;
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

const longFileLines = 500;

const steps: readonly Step[] = [
  { name: "format", run: formatAndLint },
  { name: "types", run: types },
  { name: "tests", run: unitTests },
  { name: "walls", run: walls },
  { name: "bundles", run: bundles },
  { name: "examples", run: examples },
  { name: "sizes", run: sizes },
];

async function formatAndLint(): Promise<Outcome> {
  const args = ["check", "--error-on-warnings", "--max-diagnostics=50", "."];
  const { code, output } = await execute("biome", args);
  return { ok: code === 0, note: /Checked (\d+ files)/.exec(output)?.[1] ?? "format and lint", output };
}

async function walls(): Promise<Outcome> {
  const sources = readSources();
  const faults = checkWalls(sources);
  return { ok: faults.length === 0, note: `${sources.size} files, imports go down`, output: faults.join("\n") };
}

async function types(): Promise<Outcome> {
  const built = await execute("tsc", ["-b", "--pretty", "false"]);
  if (built.code !== 0) return { ok: false, note: "tsc -b", output: built.output };
  const tests = await execute("tsc", ["-p", "tsconfig.test.json", "--pretty", "false"]);
  return { ok: tests.code === 0, note: "sources, tests, tools", output: tests.output };
}

/** Those of the command line start whole processes: `npm test` has them. */
async function unitTests(): Promise<Outcome> {
  const run = (...args: string[]): Promise<Finished> =>
    execute(process.execPath, ["-C", "dev", "tools/test.ts", ...args]);
  const runs = await Promise.all([
    run("--together", "packages/", "conformance/", "fuzz/", "tools/"),
    run("--together", "apps/server/"),
  ]);
  const closing = runs.map(({ output }) => output.trimEnd().split("\n").at(-1) ?? "");
  const failing = runs
    .filter(({ code }) => code !== 0)
    .map(({ output }) => {
      const at = output.lastIndexOf("failing tests:");
      return at === -1 ? output : output.slice(at - 2);
    });
  return { ok: failing.length === 0, note: closing.join("; "), output: failing.join("\n") };
}

async function examples(): Promise<Outcome> {
  const found = findExamples();
  const faults = await checkExamples(found);
  const output = faults.map((fault) => `${fault.example}\n${fault.output}`).join("\n");
  return { ok: faults.length === 0, note: `${found.length} README examples`, output };
}

async function bundles(): Promise<Outcome> {
  const { bytes, faults } = await bundleForBrowsers(browserEntries);
  const sizes = Object.entries(bytes).map(([name, size]) => `${name} ${Math.round(size / 1024)} kB`);
  return { ok: faults.length === 0, note: sizes.join(", "), output: faults.join("\n") };
}

/** A hint, never a failure: a long file asks to be looked at again. */
async function sizes(): Promise<Outcome> {
  const lines = (file: string): number => readFileSync(path.join(root, file), "utf8").split("\n").length - 1;
  const long = allFiles().filter((file) => lines(file) > longFileLines);
  const counts = packageFiles()
    .filter((file) => !file.endsWith(".test.ts"))
    .map(lines)
    .sort((a, b) => a - b);
  const median = counts[counts.length >> 1] ?? 0;
  const hint =
    long.length === 0
      ? ""
      : `; over ${longFileLines} lines: ${long.map((file) => `${file} (${lines(file)})`).join(", ")}`;
  return { ok: true, note: `median ${median} lines${hint}` };
}

interface Finished {
  readonly code: number;
  /** Standard output and standard error. */
  readonly output: string;
}

function execute(command: string, args: readonly string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const file = command.includes("/") ? command : path.join(root, "node_modules", ".bin", command);
    const child = spawn(file, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

async function attempt(step: Step): Promise<boolean> {
  const startedAt = performance.now();
  const outcome = await step.run().catch((error: unknown): Outcome => {
    return {
      ok: false,
      note: "did not run",
      output: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
  const mark = outcome.ok ? styleText("green", "ok    ") : styleText("red", "FAILED");
  console.log(`${mark} ${step.name.padEnd(9)} ${seconds} s  ${outcome.note}`);
  if (!outcome.ok && outcome.output) console.log(`\n${outcome.output.trimEnd()}\n`);
  return outcome.ok;
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`no step ${unknown.join(", ")}; there are ${steps.map((step) => step.name).join(", ")}`);
  process.exit(2);
}
const toRun = steps.filter((step) => chosen.length === 0 || chosen.includes(step.name));
const startedAt = performance.now();
const results = await Promise.all(toRun.map(attempt));
const failed = results.filter((ok) => !ok).length;
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(`\n${results.length - failed} checks passed, ${failed} failed in ${seconds} s`);
if (failed > 0) process.exitCode = 1;
