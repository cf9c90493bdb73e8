/** Accounts in SQLite: for commands, API and supervisor. The signalling threads read them through a `LocationIndex`. */

import { type Clock, systemClock } from "@trapezoid/base";
import type { Kysely } from "kysely";
import type { Account, AccountStore } from "../contract.ts";
import { accountExists } from "../errors.ts";
import { accountOf, rowOf } from "./account-row.ts";
import { ChangePoll } from "./change-poll.ts";
import type { Database } from "./driver.ts";
import { storeError } from "./driver.ts";
import type { Schema } from "./schema.ts";

/** Rows of one INSERT; SQLite takes 32,766 values. */
const ROWS_PER_INSERT = 500;

export interface SqliteAccountStoreOptions {
  readonly database: Database;
  /** Over the database, one for all its stores: it lets one transaction end before the next one begins. */
  readonly kysely: Kysely<Schema>;
  readonly file: string;
  readonly clock?: Clock;
}

export function createAccountStore({
  database,
  kysely,
  file,
  clock = systemClock,
}: SqliteAccountStoreOptions): AccountStore {
  return new SqliteAccountStore(kysely, database, file, clock);
}

class SqliteAccountStore implements AccountStore {
  readonly #kysely: Kysely<Schema>;
  readonly #file: string;
  readonly #poll: ChangePoll;
  readonly #listeners = new Set<(address: string | undefined) => void>();

  constructor(kysely: Kysely<Schema>, database: Database, file: string, clock: Clock) {
    this.#kysely = kysely;
    this.#file = file;
    this.#poll = new ChangePoll(database, clock, "accounts", () => this.#tell(undefined));
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
    await this.#write(account.address, async () => {
      await this.#insert(this.#kysely, [account]);
      return 1;
    });
  }

  async addMany(accounts: readonly Account[]): Promise<void> {
    await this.#write(undefined, () =>
      this.#kysely.transaction().execute(async (transaction) => {
        for (let at = 0; at < accounts.length; at += ROWS_PER_INSERT) {
          await this.#insert(transaction, accounts.slice(at, at + ROWS_PER_INSERT));
        }
        return accounts.length;
      }),
    );
  }

  async update(account: Account): Promise<boolean> {
    const { address, ...values } = rowOf(account);
    const changed = await this.#write(address, async () => {
      const result = await this.#kysely
        .updateTable("accounts")
        .set(values)
        .where("address", "=", address)
        .executeTakeFirst();
      return Number(result.numUpdatedRows);
    });
    return changed > 0;
  }

  async remove(address: string): Promise<boolean> {
    const changed = await this.#write(address, () =>
      this.#kysely.transaction().execute(async (transaction) => {
        const result = await transaction.deleteFrom("accounts").where("address", "=", address).executeTakeFirst();
        await transaction.deleteFrom("bindings").where("aor", "=", address).execute();
        return Number(result.numDeletedRows);
      }),
    );
    return changed > 0;
  }

  watch(listener: (address: string | undefined) => void): Disposable {
    this.#listeners.add(listener);
    this.#poll.start();
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) this.#poll.stop();
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

  /** `run` resolves to how many accounts it changed; so does this. */
  async #write(address: string | undefined, run: () => Promise<number>): Promise<number> {
    let changed: number;
    try {
      changed = await run();
    } catch (error) {
      throw accountExists.is(error) ? error : storeError(error, this.#file);
    }
    this.#poll.own(changed);
    if (changed > 0) this.#tell(address);
    return changed;
  }

  #tell(address: string | undefined): void {
    for (const listener of [...this.#listeners]) listener(address);
  }
}
