/** Which tests and which sources of the workspace cite which clause. */

import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "../../tools/source-files.ts";
import { type Citation, citationsIn, codeLines, sourceCitations } from "./citations.ts";
import type { ClauseRow } from "./clause-rows.ts";

export interface Cited {
  /** Path from the root → names that cite the clause. */
  readonly tests: Map<string, number>;
  readonly sources: Map<string, number>;
}

/** `3261 16.6 step 8` → who cites it. */
export type Index = ReadonlyMap<string, Cited>;

export function keyOf({ rfc, clause }: Pick<ClauseRow, "rfc" | "clause">): string {
  return `${rfc} ${clause}`;
}

const patterns = [
  "{packages,apps}/*/{src,test}/**/*.ts",
  "{conformance,interop,fuzz,tools}/**/*.ts",
  "conformance/clauses/**/*.tsv",
];

/** Tests are where tests are: in files of that name, in folders for them, and in suites that several of them run. */
function isTest(file: string): boolean {
  return /\.(?:test|live)\.ts$|\.tsv$|-suite\.ts$|-contract\.ts$|\/test\/|^(?:conformance|interop|fuzz)\//.test(file);
}

export function collect(): Index {
  const index = new Map<string, Cited>();
  const exclude = (entry: string): boolean => entry === "node_modules" || entry === "dist" || entry === "rows";
  for (const found of globSync(patterns, { cwd: root, exclude }).sort()) {
    const file = found.split(path.sep).join("/");
    // What makes the page speaks of clauses, too.
    if (/^conformance\/clauses\/[a-z-]+\.ts$/.test(file)) continue;
    const text = readFileSync(path.join(root, file), "utf8");
    if (isTest(file)) {
      const lines = file.endsWith(".tsv") ? text.split("\n") : codeLines(text);
      add(
        index,
        lines.flatMap((line) => citationsIn(line)),
        file,
        "tests",
      );
    } else add(index, sourceCitations(text), file, "sources");
  }
  return index;
}

function add(index: Map<string, Cited>, citations: readonly Citation[], file: string, kind: keyof Cited): void {
  for (const citation of citations) {
    const key = keyOf(citation);
    let cited = index.get(key);
    if (cited === undefined) {
      cited = { tests: new Map(), sources: new Map() };
      index.set(key, cited);
    }
    cited[kind].set(file, (cited[kind].get(file) ?? 0) + 1);
  }
}

/** One sentence for each row that its tests do not bear out, and for each clause that a test cites and no row has. */
export function faultsOf(rows: readonly ClauseRow[], index: Index): string[] {
  const faults: string[] = [];
  const known = new Set(rows.map(keyOf));
  const rfcs = new Set(rows.map(({ rfc }) => rfc));
  for (const row of rows) {
    const tests = index.get(keyOf(row))?.tests.size ?? 0;
    const name = `RFC ${row.rfc} §${row.clause}`;
    if ((row.state === "covered" || row.state === "partly") && tests === 0) {
      faults.push(`${name} has no test: cite it in a test's name, or say in conformance/clauses/rows why it is open`);
    }
    if (row.state === "open" && tests > 0) faults.push(`${name} has tests: it is no longer open, or open partly`);
  }
  for (const [key, { tests }] of index) {
    const rfc = Number(key.slice(0, key.indexOf(" ")));
    if (tests.size === 0 || !rfcs.has(rfc) || known.has(key)) continue;
    const name = `RFC ${rfc} §${key.slice(key.indexOf(" ") + 1)}`;
    faults.push(`${[...tests.keys()].join(", ")}: conformance/clauses/rows has no ${name}`);
  }
  return faults;
}
