/** Notices what other processes do to a table: by the version that triggers keep of it, looked at twice a second. */

import type { Clock } from "@trapezoid/base";
import type { Database } from "./driver.ts";

/** How often another process's changes are looked for while somebody watches. */
const WATCH_MS = 500;

export class ChangePoll {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #table: string;
  readonly #onForeign: () => void;
  #timer: Disposable | undefined;
  #version = 0;

  /** `onForeign` is called after a change that `own` was not told of. */
  constructor(database: Database, clock: Clock, table: string, onForeign: () => void) {
    this.#database = database;
    this.#clock = clock;
    this.#table = table;
    this.#onForeign = onForeign;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#version = readVersion(this.#database, this.#table);
    this.#schedule();
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  /** This process has changed so many rows, and told whom it concerns. What others did meanwhile is still noticed. */
  own(rows: number): void {
    this.#version += rows;
  }

  #schedule(): void {
    this.#timer = this.#clock.after(WATCH_MS, () => {
      if (!this.#database.isOpen) return;
      const version = readVersion(this.#database, this.#table);
      const changed = version !== this.#version;
      this.#version = version;
      this.#schedule();
      if (changed) this.#onForeign();
    });
  }
}

/** Goes up with every change of the table, whoever made it. */
function readVersion(database: Database, table: string): number {
  const row = database.prepare("SELECT version FROM changes WHERE name = ?").get(table);
  return Number(row?.version ?? 0);
}
