import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formatReference, referenceFile } from "./write-reference.ts";

test("docs/reference/conformance.md is what the tables say", () => {
  assert.equal(readFileSync(referenceFile, "utf8"), formatReference());
});
