/**
 * Writes docs/reference/clauses.md. `--check` writes nothing and fails where the page is not what it would be, or where a
 * row and its tests do not agree.
 */

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../../tools/source-files.ts";
import { readClauseRows } from "./clause-rows.ts";
import { collect, faultsOf } from "./collect.ts";
import { formatDocument } from "./document.ts";

const page = "docs/reference/clauses.md";
const file = path.join(root, page);
const rows = readClauseRows();
const index = collect();
const text = formatDocument(rows, index);

if (!process.argv.includes("--check")) writeFileSync(file, text);
else {
  const faults = faultsOf(rows, index);
  if (readFileSync(file, "utf8") !== text) faults.push(`${page} is not up to date: npm run clauses writes it anew`);
  for (const fault of faults) console.log(fault);
  const count = (state: string): string => `${rows.filter((row) => row.state === state).length} ${state}`;
  console.log(`clauses: ${["covered", "partly", "open", "n/a"].map(count).join(", ")}; ${faults.length} failed`);
  if (faults.length > 0) process.exitCode = 1;
}
