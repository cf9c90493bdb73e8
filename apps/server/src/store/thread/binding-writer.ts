/** Applies updates to the table, many in one commit. Each of them whole or not at all; all of them not at all when the commit fails. */

import { applyUpdate } from "../apply-update.ts";
import { decodeBindings } from "../binding-record.ts";
import type { BindingOutcome } from "../contract.ts";
import type { BindingRows } from "../sqlite/binding-rows.ts";
import { versionSlot } from "../versions.ts";
import { AS_ASKED, type EncodableOutcome, type EncodedUpdate } from "./protocol.ts";
import { quickUpdate } from "./quick-update.ts";

/** Plain numbers, read at scrape. */
export interface WriterCounters {
  commits: number;
  failedCommits: number;
  updates: number;
  refused: number;
  expired: number;
}

export interface BindingWriterOptions {
  readonly rows: BindingRows;
  readonly versions: SharedArrayBuffer;
  /** Told after the commit. */
  readonly onChanged: (aors: readonly string[]) => void;
  /** What a failure means for whoever has to mend it. Default: the error's own words. */
  readonly explain?: (error: unknown) => string;
}

export class BindingWriter {
  readonly counters: WriterCounters = { commits: 0, failedCommits: 0, updates: 0, refused: 0, expired: 0 };
  readonly #rows: BindingRows;
  readonly #versions: Int32Array;
  readonly #onChanged: (aors: readonly string[]) => void;

  readonly #explain: (error: unknown) => string;

  constructor({ rows, versions, onChanged, explain = String }: BindingWriterOptions) {
    this.#rows = rows;
    this.#versions = new Int32Array(versions);
    this.#onChanged = onChanged;
    this.#explain = explain;
  }

  /** In order. When this returns, what was accepted is on the disk. Never throws: a failure is every update's outcome. */
  apply(updates: readonly EncodedUpdate[]): EncodableOutcome[] {
    const changed: string[] = [];
    let outcomes: EncodableOutcome[];
    try {
      this.#rows.begin();
      outcomes = updates.map((update) => this.#applyOne(update, changed));
      this.#rows.commit();
    } catch (error) {
      this.#undo();
      const failure: BindingOutcome = { ok: false, reason: "storage", message: this.#explain(error) };
      return updates.map(() => failure);
    }
    this.counters.commits++;
    this.counters.updates += updates.length;
    this.#publish(changed);
    return outcomes;
  }

  /** Removes every binding of an address; how many there were. Throws what SQLite throws. */
  removeAll(aor: string, now: number): number {
    try {
      this.#rows.begin();
      const row = this.#rows.read(aor);
      this.#rows.write(aor, row, []);
      this.#rows.commit();
      if (row === undefined) return 0;
      this.#publish([aor]);
      return decodeBindings(aor, row.records).filter((binding) => binding.expiresAt > now).length;
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  /** Deletes what has expired, a bounded part of it; whether there is more. Throws what SQLite throws. */
  sweep(now: number, limit: number): boolean {
    try {
      const { expired, more } = this.#rows.sweep(now, limit);
      this.counters.expired += expired.length;
      this.#publish(expired);
      return more;
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  #applyOne(update: EncodedUpdate, changed: string[]): EncodableOutcome {
    const { aor } = update;
    const row = this.#rows.read(aor);
    const dueAt = quickUpdate(row?.records, update);
    if (dueAt !== undefined) {
      this.#rows.writeRecords(aor, row, update.records, dueAt, 1);
      changed.push(aor);
      return AS_ASKED;
    }
    const current = row === undefined ? [] : decodeBindings(aor, row.records);
    const applied = applyUpdate(current, { ...update, contacts: decodeBindings(aor, update.records) });
    if (!applied.outcome.ok) this.counters.refused++;
    else if (applied.changed) {
      this.#rows.write(aor, row, applied.outcome.bindings);
      changed.push(aor);
    }
    return applied.outcome;
  }

  // After the commit, so that whoever sees the new number reads the new row.
  #publish(aors: readonly string[]): void {
    for (const aor of aors) Atomics.add(this.#versions, versionSlot(aor), 1);
    if (aors.length > 0) this.#onChanged(aors);
  }

  #undo(): void {
    this.counters.failedCommits++;
    try {
      this.#rows.rollback();
    } catch {
      // The connection has no transaction any more, or is beyond help: the next commit will say so.
    }
  }
}
