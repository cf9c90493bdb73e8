import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { headerFieldReference, referenceFile } from "./header-field-reference.ts";

test("docs/reference/header-fields.md is what the table of header fields says", () => {
  const written = readFileSync(referenceFile, "utf8");
  assert.equal(written, headerFieldReference(), "run node -C dev tools/header-field-reference.ts");
});
