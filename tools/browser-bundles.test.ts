import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { bundleForBrowsers } from "./browser-bundles.ts";
import { root } from "./source-files.ts";

test("a browser bundle with a node: import deep inside fails and names the file", async () => {
  const folder = mkdtempSync(path.join(root, "node_modules", ".bundle-test-"));
  try {
    writeFileSync(path.join(folder, "entry.ts"), 'export { deep } from "./deep.ts";\n');
    writeFileSync(
      path.join(folder, "deep.ts"),
      'import { createHash } from "node:crypto";\nexport const deep = createHash;\n',
    );
    writeFileSync(path.join(folder, "clean.ts"), 'export const text: string = "Buffer";\n');
    const relative = path.relative(root, folder);
    const { bytes, faults } = await bundleForBrowsers({
      dirty: `${relative}/entry.ts`,
      clean: `${relative}/clean.ts`,
      absent: `${relative}/absent.ts`,
    });
    assert.deepEqual(Object.keys(bytes), ["clean"]);
    assert.equal(faults.length, 1);
    assert.match(faults[0]!, /^dirty: .*deep\.ts:1: node:crypto is imported by .*deep\.ts/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
