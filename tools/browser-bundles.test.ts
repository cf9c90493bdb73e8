import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { build } from "esbuild";
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

test("a bundle holds the header fields that it reads, and the rest stays out", async () => {
  const bundled = async (names: string): Promise<string> => {
    const { outputFiles } = await build({
      stdin: {
        contents: `export { ${names} } from "./packages/sip/src/message/index.ts";`,
        resolveDir: root,
        loader: "ts",
      },
      bundle: true,
      format: "esm",
      conditions: ["dev"],
      write: false,
    });
    return outputFiles[0]!.text;
  };
  const declared = (text: string): string[] =>
    [...text.matchAll(/^var (\w+) = \w*(?:Field|Header|[rR]eference)\(/gm)].map((match) => match[1]!);
  assert.deepEqual(declared(await bundled("parseMessage")), []);
  const some = declared(await bundled("parseMessage, Geolocation"));
  assert.ok(some.includes("Geolocation"), "the pattern finds declarations");
  assert.ok(!some.includes("PChargingVector") && !some.includes("From"), some.join());
});
