/**
 * Runs tests with node:test and its spec reporter, and closes with `N passed, N failed` alone on a line.
 * Without arguments: packages, applications, conformance, fuzz (its findings), tools. `--interop`: against real peers, file after file, but for calls.
 * `--conformance`: the corpora, in memory and against live servers, with a table of what came of each message.
 * Other arguments choose among the files by a part of their path; `--only PATTERN` among the tests by their name. `--together`
 * runs all files in one process: faster, for tests that are known to leave nothing behind.
 */

import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { parseArgs } from "node:util";
import { OutcomeTable } from "../conformance/outcome-table.ts";
import { root, testFiles } from "./source-files.ts";

const options = {
  interop: { type: "boolean", default: false },
  conformance: { type: "boolean", default: false },
  only: { type: "string", multiple: true },
  together: { type: "boolean", default: false },
} as const;

const { values, positionals } = parseArgs({ options, allowPositionals: true });
const globs = ["{packages,apps,conformance,fuzz,tools}/**/*.test.ts"];
if (values.interop) globs[0] = "interop/**/*.test.ts";
if (values.conformance) globs.splice(0, 1, "conformance/**/*.live.ts", "conformance/**/*.test.ts");
const files = testFiles(globs).filter(
  (file) => positionals.length === 0 || positionals.some((part) => file.includes(part)),
);

// Stripped types are kept between runs: half of the time of a short test file is reading TypeScript.
process.env.NODE_COMPILE_CACHE ??= path.join(root, "node_modules", ".cache", "trapezoid", "node");
mkdirSync(process.env.NODE_COMPILE_CACHE, { recursive: true });

const counts = { passed: 0, failed: 0, skipped: 0 };
const outcomes = new OutcomeTable();

async function runFiles(some: readonly string[], concurrency: number): Promise<void> {
  const stream = run({
    files: some.map((file) => path.join(root, file)),
    cwd: root,
    ...(values.together ? { isolation: "none" } : { concurrency }),
    ...(values.only === undefined ? {} : { testNamePatterns: values.only }),
  });
  stream.on("test:summary", ({ file, counts: sum }) => {
    if (file !== undefined) return;
    counts.passed += sum.passed;
    counts.failed += sum.tests - sum.passed - sum.skipped - sum.todo;
    counts.skipped += sum.skipped + sum.todo;
  });
  if (values.conformance) {
    stream.on("test:pass", ({ name, skip }) => outcomes.record(name, skip === undefined ? "passed" : "skipped"));
    stream.on("test:fail", ({ name }) => outcomes.record(name, "failed"));
  }
  const report = stream.compose(spec);
  report.pipe(process.stdout, { end: false });
  await once(report, "end");
}

if (values.interop) {
  // Phones talk at the pace of speech: three files of calls leave the processor idle. The rest is measured, or takes all of it.
  const isCall = (file: string): boolean => file.includes("interop/calls/");
  const calls = files.filter(isCall);
  const others = files.filter((file) => !isCall(file));
  if (calls.length > 0) await runFiles(calls, 3);
  if (others.length > 0) await runFiles(others, 1);
} else if (files.length > 0) {
  // What asks running servers and peers spends its time waiting for them.
  await runFiles(files, values.conformance ? Math.max(4, availableParallelism()) : availableParallelism());
}

if (files.length === 0) {
  console.log(`no test file matches ${positionals.join(" ")}`);
  process.exitCode = 1;
}
if (values.conformance) console.log(`\n${outcomes.format()}`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
if (counts.failed > 0) process.exitCode = 1;
