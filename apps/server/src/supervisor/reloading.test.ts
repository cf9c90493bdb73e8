import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ResolvedConfig } from "../config/types.ts";
import { createLogger } from "../observe/logger.ts";
import { ConfigSource } from "./config-source.ts";
import { Reloading } from "./reloading.ts";

async function setUp(t: TestContext, text: string) {
  const folder = mkdtempSync(join(tmpdir(), "trapezoid-reload-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "trapezoid.config.ts");
  const write = (content: string): void => writeFileSync(file, content);
  write(text);
  const overrides = { domains: [], listen: [], trust: [], http: undefined };
  const source = new ConfigSource({ file, dataFolder: folder, overrides });
  source.accept(await source.read(0));
  const lines: { readonly level: string; readonly settings?: string[]; readonly problem?: string }[] = [];
  const versions: number[] = [];
  const applied: ResolvedConfig[] = [];
  const watchedFiles: (readonly string[])[] = [];
  let workerError: Error | undefined;
  let applyError: Error | undefined;
  const reloading = new Reloading({
    source,
    log: createLogger({ write: (line) => lines.push(JSON.parse(line)) }),
    prepare: async (config) => {
      if (applyError !== undefined) throw applyError;
      return { tls: {}, apply: () => applied.push(config) };
    },
    workers: ["worker-1", "worker-2"].map((name) => ({
      name,
      async prepare() {
        if (workerError !== undefined && name === "worker-2") throw workerError;
      },
      async commit(version) {
        if (name === "worker-1") versions.push(version);
      },
    })),
    watcher: { watch: (files) => watchedFiles.push(files), close() {} },
  });
  return {
    ...{ file, folder, write, source, reloading, lines, versions, applied, watchedFiles },
    failWorker: (error: Error) => {
      workerError = error;
    },
    failApply: (error: Error) => {
      applyError = error;
    },
  };
}

const domains = (domain: string) => `export default { domains: ["${domain}"] };`;

test("a reload puts the new configuration in force everywhere", async (t) => {
  const { write, reloading, source, versions, applied } = await setUp(t, domains("one.example"));
  write(domains("two.example"));
  assert.equal(await reloading.reload(), undefined);
  assert.equal(source.current.primaryDomain, "two.example");
  assert.equal(applied[0]?.primaryDomain, "two.example");
  assert.deepEqual(versions, [1]);
});

for (const [name, text, problem] of [
  ["does not load", "export default {", /does not load/],
  ["is not valid", `export default { domain: "x" };`, /unknown setting "domain"/],
] as const) {
  test(`a configuration that ${name} changes nothing, and says why`, async (t) => {
    const { write, reloading, source, versions, lines } = await setUp(t, domains("one.example"));
    write(text);
    assert.match((await reloading.reload()) ?? "", problem);
    assert.equal(source.current.primaryDomain, "one.example");
    assert.deepEqual(versions, []);
    assert.equal(lines[0]?.level, "error");
    assert.match(lines[0]?.problem ?? "", problem);
    write(domains("three.example"));
    assert.equal(await reloading.reload(), undefined);
    assert.equal(source.current.primaryDomain, "three.example");
  });
}

test("a certificate that cannot be read keeps the new configuration from the workers", async (t) => {
  const { write, reloading, versions, failApply, source } = await setUp(t, domains("one.example"));
  failApply(new Error("cannot read cert.pem"));
  write(domains("two.example"));
  assert.match((await reloading.reload()) ?? "", /cert\.pem/);
  assert.deepEqual(versions, []);
  assert.equal(source.current.primaryDomain, "one.example");
});

test("what one worker refuses is reported, and in force in none", async (t) => {
  const { write, reloading, failWorker, source, versions, applied } = await setUp(t, domains("one.example"));
  failWorker(new Error("trunk acme cannot be used"));
  write(domains("two.example"));
  assert.match((await reloading.reload()) ?? "", /trunk acme/);
  assert.deepEqual(versions, []);
  assert.deepEqual(applied, []);
  assert.equal(source.current.primaryDomain, "one.example");
});

test("after a failed load the files that it met are watched, the missing one too", async (t) => {
  const { write, reloading, watchedFiles, folder, file } = await setUp(t, domains("one.example"));
  write(`import "./teams.ts"; export default {};`);
  await reloading.reload();
  assert.deepEqual([...(watchedFiles.at(-1) ?? [])].sort(), [join(folder, "teams.ts"), file].sort());
});

test("settings that need a restart are named", async (t) => {
  const { write, reloading, lines } = await setUp(t, domains("one.example"));
  write(`export default { domains: ["one.example"], listen: ["udp://127.0.0.1:5099"], timers: { c: 200000 } };`);
  assert.equal(await reloading.reload(), undefined);
  assert.deepEqual(lines.find((line) => line.level === "warn")?.settings, ["listen"]);
});

test("reloads do not overlap", async (t) => {
  const { write, reloading, source, versions } = await setUp(t, domains("one.example"));
  write(domains("two.example"));
  await Promise.all([reloading.reload(), reloading.reload()]);
  assert.deepEqual(versions, [1, 2]);
  assert.equal(source.current.primaryDomain, "two.example");
});
