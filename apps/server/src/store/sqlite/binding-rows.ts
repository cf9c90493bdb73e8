/** The table of bindings, by prepared statements. Whoever writes several rows wraps them in `begin` and `commit`. */

import { decodeBindings, encodeBindings } from "../binding-record.ts";
import type { Binding } from "../contract.ts";
import type { Database, Statement } from "./driver.ts";

/** The row of one address. */
export interface BindingRow {
  readonly id: number;
  readonly dueAt: number;
  readonly bindings: readonly Binding[];
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
    const row = this.#prepared("SELECT id, due_at, records FROM bindings WHERE aor = ?", true).get(aor);
    if (row === undefined) return undefined;
    const [id, dueAt, records] = row as unknown as [number, number, string];
    return { id, dueAt, bindings: decodeBindings(aor, records) };
  }

  /** Replaces what `row` held; `undefined` when the address had no row. */
  write(aor: string, row: BindingRow | undefined, bindings: readonly Binding[]): void {
    if (bindings.length === 0) {
      if (row !== undefined) this.#prepared("DELETE FROM bindings WHERE id = ?").run(row.id);
      return;
    }
    const records = encodeBindings(bindings);
    const dueAt = firstExpiry(bindings);
    if (row === undefined) {
      this.#prepared("INSERT INTO bindings (aor, due_at, records) VALUES (?, ?, ?)").run(aor, dueAt, records);
    } else if (dueAt < row.dueAt) {
      this.#prepared("UPDATE bindings SET records = ?, due_at = ? WHERE id = ?").run(records, dueAt, row.id);
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
        this.#prepared("UPDATE bindings SET records = ?, due_at = ? WHERE id = ?").run(
          live.length < bindings.length ? encodeBindings(live) : records,
          firstExpiry(live),
          id,
        );
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
    return liveOf(this.read(aor)?.bindings ?? [], now);
  }

  count(now: number): number {
    let count = 0;
    for (const [aor, records] of this.#everyRow()) count += liveOf(decodeBindings(aor, records), now).length;
    return count;
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
