/** Brings a database up to date, or says why it cannot be used. */

import { rmSync } from "node:fs";
import { TrapezoidError } from "@trapezoid/base";
import { databaseFailed, foreignDatabase, migrationFailed, newerDatabase } from "../errors.ts";
import { lockFile } from "../file-lock.ts";
import { APPLICATION_ID, type Database, storeError } from "./driver.ts";

/** Names of the migrations that the file has seen; empty for a new file. */
function appliedTo(database: Database, file: string): string[] {
  const id = database.prepare("PRAGMA application_id").get()?.application_id;
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_master").get()?.count;
  if (tables === 0) return [];
  if (id !== APPLICATION_ID) throw foreignDatabase(file);
  const known = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'kysely_migration'").get();
  if (known === undefined) return [];
  return database
    .prepare("SELECT name FROM kysely_migration ORDER BY name")
    .all()
    .map((row) => String(row.name));
}

/** Throws a store error; on success the tables are those of `Schema`. */
export async function migrate(database: Database, file: string): Promise<void> {
  try {
    if (appliedTo(database, file).at(-1) === newest) return;
    // Two commands at once on a new folder: the second waits, and finds the work done.
    const lockedBy = `${file}-migration`;
    let lock = lockFile(lockedBy);
    for (let waited = 0; lock === undefined; waited += LOCK_POLL_MS) {
      if (waited >= LOCK_WAIT_MS) throw migrationFailed(file, `another process has been at it for ${waited} ms`);
      // Without blocking: the other one may be in this very process.
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
      lock = lockFile(lockedBy);
    }
    try {
      await migrateLocked(database, file);
    } finally {
      rmSync(lockedBy, { force: true });
      lock[Symbol.dispose]();
    }
  } catch (error) {
    if (error instanceof TrapezoidError) throw error;
    const failure = storeError(error, file);
    throw databaseFailed.is(failure) ? migrationFailed.from(error, file, failure.message) : failure;
  }
}

async function migrateLocked(database: Database, file: string): Promise<void> {
  const applied = appliedTo(database, file);
  if (applied.at(-1) === newest) return;
  // Loaded when there is something to do: a command that finds the database up to date starts faster.
  const [{ Migrator }, { migrations }, { kyselyOver }] = await Promise.all([
    import("kysely/migration"),
    import("./migrations.ts"),
    import("./kysely.ts"),
  ]);
  const unknown = applied.find((name) => !(name in migrations));
  if (unknown !== undefined) throw newerDatabase(file, unknown);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  const migrator = new Migrator({
    db: kyselyOver(database),
    provider: { getMigrations: async () => ({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

const LOCK_WAIT_MS = 10_000;
const LOCK_POLL_MS = 20;

/** The last of `migrations`: a test keeps the two together. */
export const newest = "0002-bans";
