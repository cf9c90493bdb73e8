import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { headerFieldReference, referenceFile } from "./header-field-reference.ts";
import { checkExamples, examplesOf } from "./readme-examples.ts";
import { root } from "./source-files.ts";

test("docs/reference/header-fields.md is what the table of header fields says", () => {
  const written = readFileSync(referenceFile, "utf8");
  assert.equal(written, headerFieldReference(), "run node -C dev tools/header-field-reference.ts");
});

test("the example of that page runs", async () => {
  const examples = examplesOf(path.relative(root, referenceFile), headerFieldReference());
  assert.equal(examples.length, 1);
  assert.deepEqual(await checkExamples(examples), []);
});
