/**
 * Executes the ```ts examples of every README and guide: each becomes a module beside its page, so that it resolves what a
 * reader's own file would. One that exports a configuration is checked as the server checks it. A line `// → value` after an expression statement is an assertion; examples that use `test(`
 * run under node:test. ```ts no-run blocks are type-checked alone; so are ```ts browser blocks, which the interoperability tests run in a browser.
 */

import { spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./source-files.ts";

export interface Example {
  /** README, relative to the root. */
  readonly readme: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** What follows `ts` on the fence: `no-run`, `file=trapezoid.config.ts`. */
  readonly attributes: string;
  readonly code: string;
}

export interface ExampleFault {
  readonly example: string;
  readonly output: string;
}

/** The ```ts blocks of one README. */
export function examplesOf(readme: string, text: string): Example[] {
  const examples: Example[] = [];
  for (const match of text.matchAll(/^```ts[ \t]*([^\n]*)\n([\s\S]*?)^```[ \t]*$/gm)) {
    const line = text.slice(0, match.index).split("\n").length;
    examples.push({ readme, line, attributes: match[1]!.trim(), code: match[2]! });
  }
  return examples;
}

/** `expression; // → value` becomes an assertion on its value; line numbers stay. */
export function withAssertions(code: string): string {
  const asserted = code.replace(/^(\s*)([^\s/].*?);?[ \t]*\/\/ → (.+)$/gm, (_all, indent, expression, value) => {
    const declared = /^(?:const|let)\s+(\w+)\b[^=]*=/.exec(expression);
    if (declared !== null) return `${indent}${expression}; expectExample(${declared[1]}, ${value});`;
    return `${indent}expectExample(${expression}, ${value});`;
  });
  return asserted === code ? code : `import { deepEqual as expectExample } from "node:assert/strict"; ${asserted}`;
}

/** All examples of the repository's READMEs and guides. */
export function findExamples(): Example[] {
  const readmes = globSync("{README.md,docs/guide/*.md,{packages,apps,examples}/*/README.md}", { cwd: root }).sort();
  return readmes.flatMap((readme) => examplesOf(readme, readFileSync(path.join(root, readme), "utf8")));
}

/** Writes the examples as modules, type-checks them all at once, runs each; the faults, if any. */
export async function checkExamples(examples: readonly Example[]): Promise<ExampleFault[]> {
  const folders = new Set<string>();
  try {
    const files = examples.map((example, index) => writeExample(example, index, folders));
    const faults: ExampleFault[] = [];
    const types = await typeCheck(files);
    if (types !== "") faults.push({ example: "types of the examples", output: types });
    for (const [index, example] of examples.entries()) {
      if (/\b(no-run|browser)\b/.test(example.attributes)) continue;
      const { code, output } = await execute(
        process.execPath,
        ["-C", "dev", ...(isConfig(example) ? [configChecker] : []), files[index]!],
        path.dirname(files[index]!),
      );
      if (code !== 0) faults.push({ example: `${example.readme}:${example.line}`, output });
    }
    return faults;
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

const configChecker = path.join(root, "tools", "config-example.ts");

/** A whole configuration: it is checked as the server would check it. */
function isConfig({ code }: Example): boolean {
  return code.includes("export default defineConfig(");
}

function writeExample(example: Example, index: number, folders: Set<string>): string {
  const folder = path.join(root, path.dirname(example.readme), `.readme-examples-${process.pid}`);
  folders.add(folder);
  mkdirSync(folder, { recursive: true });
  const named = /\bfile=(\S+\.ts)/.exec(example.attributes)?.[1];
  const file = path.join(folder, named ?? `example-${index + 1}.ts`);
  // The blank lines keep the line numbers of the README in every message.
  const above = "\n".repeat(example.line);
  writeFileSync(file, `${above}${withAssertions(example.code)}\nexport {};\n`);
  return file;
}

async function typeCheck(files: readonly string[]): Promise<string> {
  if (files.length === 0) return "";
  const config = path.join(root, `.readme-examples-${process.pid}.json`);
  const compilerOptions = {
    composite: false,
    incremental: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    noEmit: true,
    lib: ["es2024", "esnext.disposable", "dom"],
  };
  writeFileSync(config, JSON.stringify({ extends: "./tsconfig.base.json", compilerOptions, files, include: [] }));
  try {
    const tsc = path.join(root, "node_modules", ".bin", "tsc");
    const { code, output } = await execute(tsc, ["-p", config, "--pretty", "false"], root);
    return code === 0 ? "" : output;
  } finally {
    rmSync(config, { force: true });
  }
}

function execute(command: string, args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
