/** The TypeScript files of the workspace, as paths relative to its root with forward slashes. */

import { globSync } from "node:fs";
import path from "node:path";

/** The root of the clone. */
export const root: string = path.resolve(import.meta.dirname, "..");

const patterns = ["packages/*/{src,test}/**/*.ts", "apps/*/{src,test}/**/*.ts"];
const others = ["{conformance,interop,bench,fuzz,tools}/**/*.ts", "examples/*/**/*.ts"];

/** Sources and tests of packages and applications. */
export function packageFiles(): string[] {
  return find(patterns);
}

/** Everything that is TypeScript here. */
export function allFiles(): string[] {
  return find([...patterns, ...others]);
}

/** Files named `*.test.ts`, or `*.live.ts` for tests of a running server, under the given globs. */
export function testFiles(globs: readonly string[]): string[] {
  return find(globs).filter((file) => /\.(?:test|live)\.ts$/.test(file));
}

function find(globs: readonly string[]): string[] {
  const exclude = (entry: string): boolean => entry === "node_modules" || entry === "dist";
  return globSync([...globs], { cwd: root, exclude })
    .map((file) => file.split(path.sep).join("/"))
    .sort();
}
