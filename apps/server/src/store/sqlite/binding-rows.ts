/** The table of bindings, by prepared statements. Whoever writes several rows wraps them in `begin` and `commit`. */

import { decodeBindings, encodeBindings } from "../binding-record.ts";
import type { Binding } from "../contract.ts";
import type { Database, Statement } from "./driver.ts";

/** The row of one address. */
export interface BindingRow {
  readonly id: number;
  readonly dueAt: number;
  /** How many bindings are in `records`. */
  readonly contacts: number;
  /** As `encodeBindings` wrote them. */
  readonly records: string;
}

export interface Page {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

const defaultPage = 1_000;

export class BindingRows {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  begin(): void {
    this.#prepared("BEGIN IMMEDIATE").run();
  }

  commit(): void {
    this.#prepared("COMMIT").run();
  }

  /** Does nothing when SQLite has rolled back by itself, as it does when the disk is full. */
  rollback(): void {
    if (this.#database.isTransaction) this.#prepared("ROLLBACK").run();
  }

  read(aor: string): BindingRow | undefined {
    const row = this.#prepared("SELECT id, due_at, contacts, records FROM bindings WHERE aor = ?", true).get(aor);
    if (row === undefined) return undefined;
    const [id, dueAt, contacts, records] = row as unknown as [number, number, number, string];
    return { id, dueAt, contacts, records };
  }

  /** Replaces what `row` held; `undefined` when the address had no row. */
  write(aor: string, row: BindingRow | undefined, bindings: readonly Binding[]): void {
    const { length } = bindings;
    if (length > 0) this.writeRecords(aor, row, encodeBindings(bindings), firstExpiry(bindings), length);
    else if (row !== undefined) this.#prepared("DELETE FROM bindings WHERE id = ?").run(row.id);
  }

  /** As `write`, of bindings that are encoded already; `dueAt` is the first expiry. */
  writeRecords(aor: string, row: BindingRow | undefined, records: string, dueAt: number, contacts: number): void {
    if (row === undefined) {
      this.#prepared("INSERT INTO bindings (aor, due_at, contacts, records) VALUES (?, ?, ?, ?)").run(
        aor,
        dueAt,
        contacts,
        records,
      );
    } else if (dueAt < row.dueAt || contacts !== row.contacts) {
      this.#update(row.id, records, Math.min(dueAt, row.dueAt), contacts);
    } else {
      // A later expiry leaves the index alone; the sweep finds out when it gets there.
      this.#prepared("UPDATE bindings SET records = ? WHERE id = ?").run(records, row.id);
    }
  }

  /**
   * Deletes what has expired, of at most `limit` addresses that are due, in a transaction of its own. Returns the addresses
   * that lost bindings, and whether more are due.
   */
  sweep(now: number, limit: number): { readonly expired: readonly string[]; readonly more: boolean } {
    const due = this.#prepared(
      "SELECT id, due_at, records, aor FROM bindings WHERE due_at <= ? ORDER BY due_at LIMIT ?",
      true,
    ).all(Math.floor(now), limit) as unknown as (readonly [number, number, string, string])[];
    if (due.length === 0) return { expired: [], more: false };
    const expired: string[] = [];
    this.begin();
    for (const [id, , records, aor] of due) {
      const bindings = decodeBindings(aor, records);
      const live = bindings.filter((binding) => binding.expiresAt > now);
      if (live.length < bindings.length) expired.push(aor);
      if (live.length === 0) this.#prepared("DELETE FROM bindings WHERE id = ?").run(id);
      else {
        const kept = live.length < bindings.length ? encodeBindings(live) : records;
        this.#update(id, kept, firstExpiry(live), live.length);
      }
    }
    this.commit();
    return { expired, more: due.length === limit };
  }

  /** Live bindings of whole addresses, in the order of the addresses. */
  page(now: number, page: Page = {}): Binding[] {
    const rows = this.#prepared("SELECT aor, records FROM bindings WHERE aor > ? ORDER BY aor LIMIT ?", true).all(
      page.after ?? "",
      page.limit ?? defaultPage,
    ) as unknown as (readonly [string, string])[];
    return rows.flatMap(([aor, records]) => liveOf(decodeBindings(aor, records), now));
  }

  /** Every live binding, in the order of the addresses. */
  all(now: number): Binding[] {
    const all: Binding[] = [];
    for (const [aor, records] of this.#everyRow()) all.push(...liveOf(decodeBindings(aor, records), now));
    return all;
  }

  /** Live bindings of one address, oldest first. */
  live(aor: string, now: number): readonly Binding[] {
    const row = this.read(aor);
    return row === undefined ? [] : liveOf(decodeBindings(aor, row.records), now);
  }

  /** Live bindings. Reads the index, and the rows that the next sweep will: 10 ms for 100,000. */
  count(now: number): number {
    const all = this.#prepared("SELECT total(contacts) FROM bindings", true).get() as unknown as [number];
    let count = all[0];
    const due = this.#prepared("SELECT aor, contacts, records FROM bindings WHERE due_at <= ?", true).iterate(
      Math.floor(now),
    ) as unknown as Iterable<readonly [string, number, string]>;
    for (const [aor, contacts, records] of due) count += liveOf(decodeBindings(aor, records), now).length - contacts;
    return count;
  }

  #update(id: number, records: string, dueAt: number, contacts: number): void {
    this.#prepared("UPDATE bindings SET records = ?, due_at = ?, contacts = ? WHERE id = ?").run(
      records,
      dueAt,
      contacts,
      id,
    );
  }

  #everyRow(): Iterable<readonly [string, string]> {
    const rows = this.#prepared("SELECT aor, records FROM bindings ORDER BY aor", true).iterate();
    return rows as unknown as Iterable<readonly [string, string]>;
  }

  #prepared(sql: string, arrays = false): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      if (arrays) statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function liveOf(bindings: readonly Binding[], now: number): readonly Binding[] {
  return bindings.filter((binding) => binding.expiresAt > now);
}

function firstExpiry(bindings: readonly Binding[]): number {
  let first = Number.POSITIVE_INFINITY;
  for (const binding of bindings) if (binding.expiresAt < first) first = binding.expiresAt;
  return Math.round(first);
}
