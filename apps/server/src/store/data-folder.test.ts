import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openDataFolder } from "./data-folder.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("a folder is made with its database, for the owner alone", async () => {
  using temporary = temporaryFolder();
  const root = path.join(temporary.path, "new", "data");
  using folder = await openDataFolder(root);
  assert.equal(folder.path, root);
  assert.equal(statSync(root).mode & 0o777, 0o700);
  for (const name of ["trapezoid.db", "trapezoid.db-wal"]) {
    assert.equal(statSync(path.join(root, name)).mode & 0o777, 0o600, name);
  }
});

test("a command that only reads makes no folder", async () => {
  using temporary = temporaryFolder();
  const root = path.join(temporary.path, "none");
  await assert.rejects(openDataFolder(root, { create: false }), { code: "STORE_FOLDER_MISSING" });
  assert.throws(() => statSync(root), { code: "ENOENT" });
});

test("the secret is made once and is the owner's alone", async () => {
  using temporary = temporaryFolder();
  const folder = await openDataFolder(temporary.path);
  const secret = folder.secret();
  assert.equal(secret.length, 32);
  folder.close();
  const file = path.join(temporary.path, "secret");
  chmodSync(file, 0o644);
  using again = await openDataFolder(temporary.path);
  assert.deepEqual(again.secret(), secret);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  truncateSync(file, 31);
  assert.throws(() => again.secret(), { code: "STORE_BAD_SECRET" });
});

test("a second server on the folder is told who has it; it may start when the first has ended", async () => {
  using temporary = temporaryFolder();
  const first = await openDataFolder(temporary.path);
  first.lockForServer();
  first.lockForServer();
  using second = await openDataFolder(temporary.path);
  assert.throws(
    () => second.lockForServer(),
    (error: { code: string; message: string }) => {
      assert.equal(error.code, "STORE_IN_USE");
      assert.match(error.message, new RegExp(`process ${process.pid}`));
      return true;
    },
  );
  first.close();
  second.lockForServer();
});

test("a server that was killed holds no lock", async () => {
  using temporary = temporaryFolder();
  const script = `
    import { openDataFolder } from ${JSON.stringify(new URL("./data-folder.ts", import.meta.url).href)};
    (await openDataFolder(${JSON.stringify(temporary.path)})).lockForServer();
    process.kill(process.pid, "SIGKILL");`;
  const child = spawnSync(process.execPath, ["-C", "dev", "--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(child.signal, "SIGKILL", child.stderr);
  using folder = await openDataFolder(temporary.path);
  folder.lockForServer();
  assert.equal(readFileSync(path.join(temporary.path, "server.pid"), "utf8"), `${process.pid}\n`);
});

test("a file in the way, a file that is no database and a damaged one each say so", async () => {
  using temporary = temporaryFolder();
  const file = path.join(temporary.path, "file");
  writeFileSync(file, "x");
  for (const folder of [file, path.join(file, "deeper")]) {
    await assert.rejects(openDataFolder(folder), (error: { code: string; message: string }) => {
      assert.equal(error.code, "STORE_NOT_A_FOLDER");
      assert.match(error.message, new RegExp(`${file} is a file`));
      return true;
    });
  }
  const junk = path.join(temporary.path, "junk");
  mkdirSync(junk);
  writeFileSync(path.join(junk, "trapezoid.db"), "no database at all ".repeat(500));
  await assert.rejects(openDataFolder(junk), { code: "STORE_FOREIGN" });

  const hurt = path.join(temporary.path, "hurt");
  (await openDataFolder(hurt)).close();
  truncateSync(path.join(hurt, "trapezoid.db"), 5_000);
  await assert.rejects(openDataFolder(hurt), { code: "STORE_CORRUPT" });
});

const root = process.getuid?.() === 0;

test("a folder that cannot be written says so", { skip: root ? "root may write everywhere" : false }, async () => {
  using temporary = temporaryFolder();
  chmodSync(temporary.path, 0o500);
  await assert.rejects(openDataFolder(temporary.path), { code: "STORE_FOLDER_UNWRITABLE" });
  chmodSync(temporary.path, 0o700);
});

test("a folder on a file system that takes no files says so", { skip: process.platform !== "linux" }, async () => {
  await assert.rejects(openDataFolder("/proc/trapezoid"), { code: "STORE_FOLDER_UNWRITABLE" });
});

test("the primary domain is remembered", async () => {
  using temporary = temporaryFolder();
  const folder = await openDataFolder(temporary.path);
  assert.equal(folder.settings.get("primaryDomain"), undefined);
  folder.settings.set("primaryDomain", "example.com");
  folder.settings.set("primaryDomain", "example.org");
  folder.close();
  using again = await openDataFolder(temporary.path, { create: false });
  assert.equal(again.settings.get("primaryDomain"), "example.org");
});

test("commands find a database outside the folder where the server that last ran has it", async () => {
  using temporary = temporaryFolder();
  const root = path.join(temporary.path, "data");
  const elsewhere = path.join(temporary.path, "elsewhere", "phones.db");
  const server = await openDataFolder(root, { file: elsewhere });
  server.lockForServer();
  server.settings.set("primaryDomain", "example.com");
  using command = await openDataFolder(root, { create: false });
  assert.equal(command.file, elsewhere);
  assert.equal(command.settings.get("primaryDomain"), "example.com");
  server.close();
  const usual = await openDataFolder(root, { file: path.join(root, "trapezoid.db") });
  usual.lockForServer();
  usual.close();
  using after = await openDataFolder(root, { create: false });
  assert.equal(after.file, path.join(root, "trapezoid.db"));
});
