/** The database's history, oldest first. A migration that has been released is never changed. */

import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";

/** By name; the names sort in the order in which they run. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-accounts-and-bindings": { up: accountsAndBindings },
  "0002-bans": { up: bans },
};

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the tables as they were then, not as `Schema` has them now
async function accountsAndBindings(database: Kysely<any>): Promise<void> {
  await database.schema
    .createTable("settings")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("value", "text", (column) => column.notNull())
    .execute();

  // HA1s for the digest user names `alice` and `alice@example.com`; algorithms is a comma list or null.
  await database.schema
    .createTable("accounts")
    .addColumn("address", "text", (column) => column.primaryKey())
    .addColumn("username", "text", (column) => column.notNull())
    .addColumn("domain", "text", (column) => column.notNull())
    .addColumn("md5", "text", (column) => column.notNull())
    .addColumn("sha256", "text", (column) => column.notNull())
    .addColumn("sha512_256", "text", (column) => column.notNull())
    .addColumn("address_md5", "text", (column) => column.notNull())
    .addColumn("address_sha256", "text", (column) => column.notNull())
    .addColumn("address_sha512_256", "text", (column) => column.notNull())
    .addColumn("algorithms", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();

  // One row an address, with all its bindings: what a REGISTER reads, decides and writes is one row. `due_at` is never
  // after the first expiry, and a refresh leaves it alone: the index is touched when a row comes and when it is swept.
  await database.schema
    .createTable("bindings")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("aor", "text", (column) => column.notNull().unique())
    .addColumn("due_at", "bigint", (column) => column.notNull())
    .addColumn("contacts", "integer", (column) => column.notNull())
    .addColumn("records", "text", (column) => column.notNull())
    .execute();
  // With the number of contacts in it, so that counting all of them reads the index alone.
  await database.schema.createIndex("bindings_due_at").on("bindings").columns(["due_at", "contacts"]).execute();

  // Counts the changes of a table, so that other processes and threads notice them with one small read.
  await database.schema
    .createTable("changes")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("version", "bigint", (column) => column.notNull())
    .execute();
  await countChanges(database, "accounts");
}

// biome-ignore lint/suspicious/noExplicitAny: as above
async function bans(database: Kysely<any>): Promise<void> {
  // Bans that have ended stay for a while: they decide how long the next one is. `until` is null for those without an end.
  await database.schema
    .createTable("bans")
    .addColumn("subject", "text", (column) => column.primaryKey())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("detail", "text", (column) => column.notNull())
    .addColumn("since", "bigint", (column) => column.notNull())
    .addColumn("until", "bigint")
    .addColumn("times", "integer", (column) => column.notNull())
    .execute();
  await database.schema.createIndex("bans_until").on("bans").column("until").execute();
  await countChanges(database, "bans");
}

// biome-ignore lint/suspicious/noExplicitAny: as above
async function countChanges(database: Kysely<any>, table: string): Promise<void> {
  await sql`INSERT INTO changes (name, version) VALUES (${sql.lit(table)}, 1)`.execute(database);
  for (const event of ["INSERT", "UPDATE", "DELETE"]) {
    await sql`CREATE TRIGGER ${sql.ref(`${table}_${event.toLowerCase()}`)} AFTER ${sql.raw(event)} ON ${sql.ref(table)} BEGIN
      UPDATE changes SET version = version + 1 WHERE name = ${sql.lit(table)};
    END`.execute(database);
  }
}
