import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { openDataFolder } from "../data-folder.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { openDatabase } from "./driver.ts";
import { newest } from "./migrate.ts";
import { migrations } from "./migrations.ts";

test("`newest` is the last migration", () => {
  assert.equal(newest, Object.keys(migrations).sort().at(-1));
});

test("a database is in WAL mode and synced at every commit", async () => {
  using temporary = temporaryFolder();
  using folder = await openDataFolder(temporary.path);
  assert.equal(folder.database.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
  assert.equal(folder.database.prepare("PRAGMA synchronous").get()?.synchronous, 2);
  assert.equal(folder.database.prepare("PRAGMA quick_check").get()?.quick_check, "ok");
});

test("several processes may open a new folder at once", async () => {
  using temporary = temporaryFolder();
  const folders = await Promise.all([1, 2, 3].map(() => openDataFolder(temporary.path)));
  for (const folder of folders) {
    assert.equal(await folder.accounts.count(), 0);
    folder.close();
  }
});

test("a database of a newer version, and one that is not ours, are left alone", async () => {
  using temporary = temporaryFolder();
  const folder = await openDataFolder(temporary.path);
  folder.database.exec("INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-future', '2030-01-01')");
  folder.close();
  await assert.rejects(openDataFolder(temporary.path), { code: "STORE_NEWER" });

  const other = path.join(temporary.path, "other.db");
  const database = openDatabase(other);
  database.exec("CREATE TABLE things (x)");
  database.close();
  await assert.rejects(openDataFolder(temporary.path, { file: other }), { code: "STORE_FOREIGN" });
});
