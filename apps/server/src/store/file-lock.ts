/** A lock that ends with its process, however that ends: SQLite's lock on an empty file of its own. */

import { closeSync, openSync } from "node:fs";
import { openLockFile, SQLITE_BUSY, sqliteCode } from "./sqlite/driver.ts";

/** `undefined` when somebody else has it. */
export function lockFile(file: string): Disposable | undefined {
  closeSync(openSync(file, "a", 0o600));
  const database = openLockFile(file);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (sqliteCode(error) === SQLITE_BUSY) return undefined;
    throw error;
  }
  return {
    [Symbol.dispose]() {
      if (database.isOpen) database.close();
    },
  };
}
