/** The database's history, oldest first. A migration that has been released is never changed. */

import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";

/** By name; the names sort in the order in which they run. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-accounts-and-bindings": { up: accountsAndBindings },
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
  await sql`INSERT INTO changes (name, version) VALUES ('accounts', 1)`.execute(database);
  for (const event of ["INSERT", "UPDATE", "DELETE"]) {
    await sql`CREATE TRIGGER ${sql.ref(`accounts_${event.toLowerCase()}`)} AFTER ${sql.raw(event)} ON accounts BEGIN
      UPDATE changes SET version = version + 1 WHERE name = 'accounts';
    END`.execute(database);
  }
}
