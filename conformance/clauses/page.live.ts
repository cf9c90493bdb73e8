/** Whether the page of clauses is what the rows and the tests of today make of it. Not in the gate: others' tests change it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root } from "../../tools/source-files.ts";
import { readClauseRows } from "./clause-rows.ts";
import { collect } from "./collect.ts";
import { formatDocument } from "./document.ts";

test("docs/reference/clauses.md is up to date; `npm run clauses` writes it", () => {
  const page = readFileSync(path.join(root, "docs/reference/clauses.md"), "utf8");
  assert.ok(page === formatDocument(readClauseRows(), collect()));
});
