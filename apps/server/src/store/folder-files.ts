/** The plain files of a data folder: made safely, and with errors that say what to do. */

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { TrapezoidError } from "@trapezoid/base";
import { badSecret, databaseFailed, diskFull, folderInUse, folderUnwritable, notAFolder } from "./errors.ts";
import { lockFile } from "./file-lock.ts";

const SECRET_OCTETS = 32;

/** With its parents, for the owner alone. Node's own recursive mkdir never returns where a file system takes no folders, as in /proc. */
export function makeFolder(folder: string): void {
  try {
    const parent = path.dirname(folder);
    if (parent !== folder && !existsSync(parent)) makeFolder(parent);
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    if (!statSync(folder).isDirectory()) throw notAFolder(folder, folder);
  } catch (error) {
    throw folderFailure(error, folder);
  }
}

/** An empty file for the owner alone, unless it is there. */
export function makeFile(file: string, folder: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch (error) {
    throw folderFailure(error, folder);
  }
}

/** Throws `STORE_BAD_SECRET` for a file of another length: it was cut or replaced. */
export function readOrMakeSecret(folder: string): Uint8Array {
  const file = path.join(folder, "secret");
  try {
    if (!existsSync(file)) makeSecret(file);
    const secret = new Uint8Array(readFileSync(file));
    if (secret.length !== SECRET_OCTETS) throw badSecret(file);
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    return secret;
  } catch (error) {
    throw folderFailure(error, folder);
  }
}

/** Appears whole or not at all; of two processes that make one at once, the first one's stays. */
function makeSecret(file: string): void {
  const made = `${file}.${process.pid}`;
  const descriptor = openSync(made, "w", 0o600);
  try {
    writeSync(descriptor, crypto.getRandomValues(new Uint8Array(SECRET_OCTETS)));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(made, { force: true });
  }
}

/** The name of the file that says where the database is, when that is not in the folder. */
const PLACE = "database";

/** Where the server keeps the database of a data folder, as it was when it last ran. */
export function readDatabasePlace(folder: string): string {
  const usual = path.join(folder, "trapezoid.db");
  try {
    return path.resolve(folder, readFileSync(path.join(folder, PLACE), "utf8").trim() || usual);
  } catch {
    return usual;
  }
}

/** For commands, which read no configuration. */
export function rememberDatabasePlace(folder: string, file: string): void {
  if (readDatabasePlace(folder) === file) return;
  try {
    if (file === path.join(folder, "trapezoid.db")) rmSync(path.join(folder, PLACE), { force: true });
    else replaceFile(path.join(folder, PLACE), `${file}\n`);
  } catch (error) {
    throw folderFailure(error, folder);
  }
}

/** Appears whole or not at all; for its owner alone. */
export function replaceFile(file: string, text: string): void {
  const made = `${file}.${process.pid}`;
  const descriptor = openSync(made, "w", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(made, file);
}

/** Throws `STORE_IN_USE`, with the process that has it. */
export function lockFolder(folder: string): Disposable {
  const pidFile = path.join(folder, "server.pid");
  try {
    const lock = lockFile(path.join(folder, "server.lock"));
    if (lock === undefined) throw folderInUse(folder, processIn(pidFile));
    const descriptor = openSync(pidFile, "w", 0o600);
    writeSync(descriptor, `${process.pid}\n`);
    closeSync(descriptor);
    return {
      [Symbol.dispose]() {
        rmSync(pidFile, { force: true });
        lock[Symbol.dispose]();
      },
    };
  } catch (error) {
    throw folderFailure(error, folder);
  }
}

function processIn(pidFile: string): string {
  try {
    const pid = readFileSync(pidFile, "utf8").trim();
    return /^\d+$/.test(pid) ? ` (process ${pid})` : "";
  } catch {
    return "";
  }
}

/** The store's error for a failed file operation; a store error is passed on. */
export function folderFailure(error: unknown, folder: string): TrapezoidError {
  if (error instanceof TrapezoidError) return error;
  const { code, path: at = folder, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EEXIST":
    case "ENOTDIR":
      return notAFolder.from(error, folder, fileOnTheWay(at));
    case "ENOSPC":
    case "EDQUOT":
      return diskFull.from(error, folder);
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOENT":
      return folderUnwritable.from(error, folder, reasons[code]);
    default:
      return databaseFailed.from(error, folder, message);
  }
}

const reasons = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOENT: "it cannot be made there",
} as const;

/** The nearest ancestor that exists and is no folder. */
function fileOnTheWay(at: string): string {
  let file = at;
  while (!existsSync(file) && path.dirname(file) !== file) file = path.dirname(file);
  return file;
}
