/** Accounts in SQLite: for commands, API and supervisor. The signalling threads read them through a `LocationIndex`. */

import { type Clock, systemClock } from "@trapezoid/base";
import type { Kysely } from "kysely";
import type { Account, AccountStore } from "../contract.ts";
import { accountExists } from "../errors.ts";
import { accountOf, rowOf } from "./account-row.ts";
import type { Database } from "./driver.ts";
import { storeError } from "./driver.ts";
import { kyselyOver } from "./kysely.ts";
import type { Schema } from "./schema.ts";

/** How often another process's changes are looked for while somebody watches. */
const WATCH_MS = 500;
/** Rows of one INSERT; SQLite takes 32,766 values. */
const ROWS_PER_INSERT = 500;

export interface SqliteAccountStoreOptions {
  readonly database: Database;
  readonly file: string;
  readonly clock?: Clock;
}

export function createAccountStore({ database, file, clock = systemClock }: SqliteAccountStoreOptions): AccountStore {
  return new SqliteAccountStore(kyselyOver(database), database, file, clock);
}

class SqliteAccountStore implements AccountStore {
  readonly #kysely: Kysely<Schema>;
  readonly #database: Database;
  readonly #file: string;
  readonly #clock: Clock;
  readonly #listeners = new Set<(address: string | undefined) => void>();
  #poll: Disposable | undefined;
  #version = 0;

  constructor(kysely: Kysely<Schema>, database: Database, file: string, clock: Clock) {
    this.#kysely = kysely;
    this.#database = database;
    this.#file = file;
    this.#clock = clock;
  }

  async get(address: string): Promise<Account | undefined> {
    const row = await this.#kysely.selectFrom("accounts").selectAll().where("address", "=", address).executeTakeFirst();
    return row === undefined ? undefined : accountOf(row);
  }

  async list({ limit = 1_000, after = "" }: { limit?: number; after?: string } = {}): Promise<readonly Account[]> {
    const rows = await this.#kysely
      .selectFrom("accounts")
      .selectAll()
      .where("address", ">", after)
      .orderBy("address")
      .limit(limit)
      .execute();
    return rows.map(accountOf);
  }

  async count(): Promise<number> {
    const { count } = await this.#kysely
      .selectFrom("accounts")
      .select((row) => row.fn.countAll().as("count"))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  async add(account: Account): Promise<void> {
    await this.#write(account.address, () => this.#insert(this.#kysely, [account]));
  }

  async addMany(accounts: readonly Account[]): Promise<void> {
    await this.#write(undefined, () =>
      this.#kysely.transaction().execute(async (transaction) => {
        for (let at = 0; at < accounts.length; at += ROWS_PER_INSERT) {
          await this.#insert(transaction, accounts.slice(at, at + ROWS_PER_INSERT));
        }
      }),
    );
  }

  async update(account: Account): Promise<boolean> {
    const { address, ...values } = rowOf(account);
    return this.#write(address, async () => {
      const result = await this.#kysely
        .updateTable("accounts")
        .set(values)
        .where("address", "=", address)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    });
  }

  async remove(address: string): Promise<boolean> {
    return this.#write(address, () =>
      this.#kysely.transaction().execute(async (transaction) => {
        const result = await transaction.deleteFrom("accounts").where("address", "=", address).executeTakeFirst();
        await transaction.deleteFrom("bindings").where("aor", "=", address).execute();
        return result.numDeletedRows > 0n;
      }),
    );
  }

  watch(listener: (address: string | undefined) => void): Disposable {
    this.#listeners.add(listener);
    if (this.#poll === undefined) {
      this.#version = readAccountsVersion(this.#database);
      this.#schedule();
    }
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size > 0) return;
        this.#poll?.[Symbol.dispose]();
        this.#poll = undefined;
      },
    };
  }

  async #insert(kysely: Kysely<Schema>, accounts: readonly Account[]): Promise<void> {
    const inserted = await kysely
      .insertInto("accounts")
      .values(accounts.map(rowOf))
      .onConflict((conflict) => conflict.column("address").doNothing())
      .returning("address")
      .execute();
    if (inserted.length === accounts.length) return;
    const added = new Set(inserted.map((row) => row.address));
    // Inside a transaction this takes back what was inserted; a single row was not.
    throw accountExists(accounts.find(({ address }) => !added.has(address))?.address ?? "one of the accounts");
  }

  async #write<T>(address: string | undefined, run: () => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await run();
    } catch (error) {
      throw accountExists.is(error) ? error : storeError(error, this.#file);
    }
    if (result !== false) {
      if (this.#poll !== undefined) this.#version = readAccountsVersion(this.#database);
      this.#tell(address);
    }
    return result;
  }

  #tell(address: string | undefined): void {
    for (const listener of [...this.#listeners]) listener(address);
  }

  #schedule(): void {
    this.#poll = this.#clock.after(WATCH_MS, () => {
      if (!this.#database.isOpen) return;
      const version = readAccountsVersion(this.#database);
      const changed = version !== this.#version;
      this.#version = version;
      this.#schedule();
      if (changed) this.#tell(undefined);
    });
  }
}

/** Goes up with every change of the accounts, whoever made it. */
export function readAccountsVersion(database: Database): number {
  const row = database.prepare("SELECT version FROM changes WHERE name = 'accounts'").get();
  return Number(row?.version ?? 0);
}
