/** The data folder: one database, one secret, one server at a time. */

import { existsSync } from "node:fs";
import path from "node:path";
import { type Clock, systemClock, TrapezoidError } from "@trapezoid/base";
import type { AccountStore, BanStore } from "./contract.ts";
import { folderMissing } from "./errors.ts";
import {
  folderFailure,
  lockFolder,
  makeFile,
  makeFolder,
  readDatabasePlace,
  readOrMakeSecret,
  rememberDatabasePlace,
} from "./folder-files.ts";
import { createAccountStore } from "./sqlite/account-store.ts";
import { createBanStore } from "./sqlite/ban-store.ts";
import { type Database, openDatabase, sqliteCode, storeError } from "./sqlite/driver.ts";
import { kyselyOver } from "./sqlite/kysely.ts";
import { migrate } from "./sqlite/migrate.ts";
import { openSettings, type Settings } from "./sqlite/settings.ts";

export interface DataFolderOptions {
  /** Make the folder and the database when they are missing. Default true; false rejects with `STORE_FOLDER_MISSING`. */
  readonly create?: boolean;
  /** The database. Default: where the server that last ran on the folder has it, else `trapezoid.db` in it. */
  readonly file?: string;
  readonly clock?: Clock;
}

export interface DataFolder extends Disposable {
  /** Absolute. */
  readonly path: string;
  /** The database, absolute. */
  readonly file: string;
  readonly accounts: AccountStore;
  readonly bans: BanStore;
  readonly settings: Settings;
  /** A connection of this thread, for the store's own code. */
  readonly database: Database;
  /** 32 octets that nonces and tokens are made with; made once, readable by the owner alone. */
  secret(): Uint8Array;
  /** Throws `STORE_IN_USE` when another server has the folder. Held until `close`, or the end of the process. Remembers where the database is. */
  lockForServer(): void;
  close(): void;
}

/** Opens a data folder and brings its database up to date. Rejects with a store error that a person can act on. */
export async function openDataFolder(folder: string, options: DataFolderOptions = {}): Promise<DataFolder> {
  const { create = true, clock = systemClock } = options;
  const root = path.resolve(folder);
  const file = path.resolve(options.file ?? readDatabasePlace(root));
  if (create) {
    makeFolder(root);
    if (path.dirname(file) !== root) makeFolder(path.dirname(file));
    // The database holds secrets that are as good as passwords; SQLite gives its companion files the same mode.
    makeFile(file, root);
  } else if (!existsSync(file)) throw folderMissing(root);
  const database = await openMigrated(file, root);
  const kysely = kyselyOver(database);
  let lock: Disposable | undefined;
  const close = (): void => {
    lock?.[Symbol.dispose]();
    lock = undefined;
    if (database.isOpen) database.close();
  };
  return {
    path: root,
    file,
    database,
    accounts: createAccountStore({ database, kysely, file, clock }),
    bans: createBanStore({ database, kysely, file, clock }),
    settings: openSettings(database),
    secret: () => readOrMakeSecret(root),
    lockForServer() {
      lock ??= lockFolder(root);
      rememberDatabasePlace(root, file);
    },
    close,
    [Symbol.dispose]: close,
  };
}

async function openMigrated(file: string, root: string): Promise<Database> {
  let database: Database | undefined;
  try {
    database = openDatabase(file);
    await migrate(database, file);
    return database;
  } catch (error) {
    if (database?.isOpen) database.close();
    if (error instanceof TrapezoidError) throw error;
    throw sqliteCode(error) === undefined ? folderFailure(error, root) : storeError(error, file);
  }
}
