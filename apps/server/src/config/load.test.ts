import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { testRoute } from "../routing/test-route.ts";
import { loadConfig } from "./load.ts";

/** A folder outside the clone, with a package.json that says commonjs. */
function folder(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "trapezoid-config-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  write(root, { "package.json": '{ "type": "commonjs" }', ...files });
  return root;
}

function write(root: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

const simple = (domain: string) => `
import { defineConfig } from "trapezoid";
const domain: string = ${JSON.stringify(domain)};
export default defineConfig({ domains: [domain] });
`;

test("a configuration loads from anywhere: trapezoid is the running program, types are stripped under commonjs", async (t) => {
  const root = folder(t, { "trapezoid.config.ts": simple("example.com") });
  const { config } = await loadConfig(join(root, "trapezoid.config.ts"), 0);
  assert.deepEqual(config.domains, ["example.com"]);
});

test("another version reads the file again, the same one does not", async (t) => {
  const root = folder(t, { "trapezoid.config.ts": simple("one.example") });
  const file = join(root, "trapezoid.config.ts");
  await loadConfig(file, 1);
  write(root, { "trapezoid.config.ts": simple("two.example") });
  assert.deepEqual((await loadConfig(file, 1)).config.domains, ["one.example"]);
  assert.deepEqual((await loadConfig(file, 2)).config.domains, ["two.example"]);
});

test("a reload reads every file that is imported by path, however deep, and names it", async (t) => {
  const root = folder(t, {
    "trapezoid.config.ts": `
      import { domains } from "./lib/domains.ts";
      import old from "./old.cjs";
      import numbers from "./numbers.json" with { type: "json" };
      export default { domains, trust: [old.trust, ...numbers] };`,
    "lib/domains.ts": `import { top } from "./deep/top.ts"; export const domains: string[] = ["a." + top];`,
    "lib/deep/top.ts": `export const top: string = "example";`,
    "old.cjs": `module.exports = { trust: "10.0.0.1" };`,
    "numbers.json": `["10.0.0.2"]`,
  });
  const file = join(root, "trapezoid.config.ts");
  const first = await loadConfig(file, 1);
  assert.deepEqual(first.config, { domains: ["a.example"], trust: ["10.0.0.1", "10.0.0.2"] });
  assert.deepEqual(
    [...first.files].sort(),
    ["lib/deep/top.ts", "lib/domains.ts", "numbers.json", "old.cjs", "trapezoid.config.ts"].map((name) =>
      join(root, name),
    ),
  );
  write(root, {
    "lib/deep/top.ts": `export const top: string = "test";`,
    "old.cjs": `module.exports = { trust: "10.0.1.1" };`,
    "numbers.json": `["10.0.1.2"]`,
  });
  const second = await loadConfig(file, 2);
  assert.deepEqual(second.config, { domains: ["a.test"], trust: ["10.0.1.1", "10.0.1.2"] });
});

test("the files of a load that fails are known, the missing one too", async (t) => {
  const root = folder(t, { "trapezoid.config.ts": `import "./lib/gone.ts"; export default {};` });
  const files = new Set<string>();
  await assert.rejects(loadConfig(join(root, "trapezoid.config.ts"), 0, files), { code: "CONFIG_BROKEN" });
  assert.deepEqual([...files].sort(), [join(root, "lib/gone.ts"), join(root, "trapezoid.config.ts")]);
});

test("a dynamic import after the load sees the same version", async (t) => {
  const root = folder(t, {
    "trapezoid.config.ts": `export default { late: () => import("./late.ts") };`,
    "late.ts": `export const value: number = 1;`,
  });
  const file = join(root, "trapezoid.config.ts");
  const load = async (version: number) =>
    (await loadConfig(file, version)).config as unknown as { late(): Promise<{ value: number }> };
  assert.equal((await (await load(1)).late()).value, 1);
  write(root, { "late.ts": `export const value: number = 2;` });
  assert.equal((await (await load(2)).late()).value, 2);
});

test("plans of a loaded configuration are of the running program's planner", async (t) => {
  const root = folder(t, {
    "trapezoid.config.ts": `
      import { defineConfig, testRoute } from "trapezoid";
      export default defineConfig({ route: (request, plan) => plan.registered("desk", { reason: typeof testRoute }) });`,
  });
  const { config } = await loadConfig(join(root, "trapezoid.config.ts"), 0);
  assert.equal(testRoute(config, { to: "alice" }).reason, "function");
});

const broken: readonly (readonly [string, string, string, RegExp])[] = [
  [
    "a syntax error",
    "CONFIG_BROKEN",
    "export default {\n  domains: [\n};",
    /does not load: SyntaxError: .*trapezoid\.config\.ts:3\)/,
  ],
  ["TypeScript that is more than types", "CONFIG_BROKEN", "enum A { B }\nexport default { domains: [A.B] };", /enum/],
  [
    "an import that is not there",
    "CONFIG_BROKEN",
    'import "./gone.ts";\nexport default {};',
    /Cannot find module .*gone\.ts/,
  ],
  [
    "an exception",
    "CONFIG_BROKEN",
    '\nthrow new RangeError("no such team");',
    /RangeError: no such team .*config\.ts:2\)/,
  ],
  ["no default export", "CONFIG_INVALID", "export const config = {};", /expected `export default defineConfig/],
];
for (const [name, code, text, message] of broken) {
  test(`${name} is one line that says where`, async (t) => {
    const root = folder(t, { "trapezoid.config.ts": text });
    await assert.rejects(loadConfig(join(root, "trapezoid.config.ts"), 0), (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n") && !error.message.includes("trapezoid-config="), error.message);
      return true;
    });
  });
}

test("a file that is not there says so", async () => {
  await assert.rejects(loadConfig("/nowhere/trapezoid.config.ts", 0), { code: "CONFIG_MISSING" });
});
