/** SQLite, through Node. The one file that imports node:sqlite: its classes are to be renamed (DEP0210). */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { TrapezoidError } from "@trapezoid/base";
import {
  corruptDatabase,
  databaseBusy,
  databaseFailed,
  diskFull,
  folderUnwritable,
  foreignDatabase,
} from "../errors.ts";

export type Database = DatabaseSync;
export type Statement = StatementSync;

export interface OpenDatabaseOptions {
  /** Default `write`. */
  readonly mode?: "read" | "write";
  /** Page cache of this connection. Default 1 MiB. */
  readonly cacheBytes?: number;
  /** How long a statement waits for another writer. Default 5,000. */
  readonly busyTimeoutMs?: number;
}

/** Marks our files (`PRAGMA application_id`): "TRPZ". */
export const APPLICATION_ID = 0x5452505a;

/** Pages after which a commit moves the write-ahead log into the database: 16 MB. */
const CHECKPOINT_PAGES = 4_000;

/** Opens a connection in the mode that every binding is written in: WAL, each commit synced before it is reported. */
export function openDatabase(file: string, options: OpenDatabaseOptions = {}): Database {
  const { mode = "write", cacheBytes = 1 << 20, busyTimeoutMs = 5_000 } = options;
  const database = new DatabaseSync(file, { readOnly: mode === "read", timeout: busyTimeoutMs });
  try {
    database.exec(`PRAGMA cache_size = -${Math.ceil(cacheBytes / 1024)}`);
    if (mode === "write") {
      database.exec("PRAGMA journal_mode = WAL");
      database.exec("PRAGMA synchronous = FULL");
      database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      database.exec("PRAGMA journal_size_limit = 67108864");
    }
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** A connection for nothing but its lock. */
export function openLockFile(file: string): Database {
  return new DatabaseSync(file, { timeout: 0 });
}

/** The primary result code of a failed SQLite call; `undefined` for other errors. */
export function sqliteCode(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown } | undefined)?.errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}

export const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** The store's error for a failed SQLite call: in the words of whoever has to mend it. */
export function storeError(error: unknown, file: string): TrapezoidError {
  const why = error instanceof Error ? error.message : String(error);
  switch (sqliteCode(error)) {
    case SQLITE_FULL:
      return diskFull.from(error, file);
    case SQLITE_CORRUPT:
      return corruptDatabase.from(error, file, why);
    case SQLITE_NOTADB:
      return foreignDatabase.from(error, file);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return databaseBusy.from(error, file);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return folderUnwritable.from(error, file, why);
    default:
      return databaseFailed.from(error, file, why);
  }
}
