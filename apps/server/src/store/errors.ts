/** The store's error catalogue: what happened, what was expected, what to do next. */

import { define } from "@trapezoid/base";

export const accountExists = define(
  "STORE_ACCOUNT_EXISTS",
  (address: string) => `${address} is already there; change its password with: trapezoid user password ${address}`,
);

export const noAccount = define(
  "STORE_NO_ACCOUNT",
  (address: string) => `there is no account ${address}; list them with: trapezoid user list`,
);

export const badAddress = define(
  "STORE_BAD_ADDRESS",
  (text: string, why: string) => `"${text}" is no address: ${why}; expected a user like alice or alice@example.com`,
);

export const notBanned = define(
  "STORE_NOT_BANNED",
  (source: string) => `${source} is not banned; list the bans with: trapezoid bans list`,
);

export const badPassword = define("STORE_BAD_PASSWORD", (why: string) => `this password cannot be used: ${why}`);

export const folderMissing = define(
  "STORE_FOLDER_MISSING",
  (folder: string) => `there is no Trapezoid data in ${folder}; start the server once, or name its folder with --data`,
);

export const notAFolder = define(
  "STORE_NOT_A_FOLDER",
  (folder: string, file: string) =>
    `the data folder ${folder} cannot be made: ${file} is a file; move it away or choose another folder with --data`,
);

export const folderUnwritable = define(
  "STORE_FOLDER_UNWRITABLE",
  (folder: string, why: string) =>
    `cannot write to the data folder ${folder} (${why}); make it writable for this user, or choose another with --data`,
);

export const diskFull = define(
  "STORE_DISK_FULL",
  (folder: string) => `the disk that holds the data folder ${folder} is full; free some space and try again`,
);

export const folderInUse = define(
  "STORE_IN_USE",
  (folder: string, pid: string) =>
    `another Trapezoid${pid} already runs on the data folder ${folder}; stop it, or give this one its own with --data`,
);

export const corruptDatabase = define(
  "STORE_CORRUPT",
  (file: string, why: string) =>
    `${file} is damaged (${why}); restore it from a backup, or move it away to start empty`,
);

export const foreignDatabase = define(
  "STORE_FOREIGN",
  (file: string) => `${file} is not a Trapezoid database; move it away, or choose another folder with --data`,
);

export const newerDatabase = define(
  "STORE_NEWER",
  (file: string, migration: string) =>
    `${file} was written by a newer Trapezoid (it has "${migration}"); install that version or a later one`,
);

export const migrationFailed = define(
  "STORE_MIGRATION",
  (file: string, why: string) => `${file} could not be brought up to date: ${why}; nothing was changed`,
);

export const badSecret = define(
  "STORE_BAD_SECRET",
  (file: string) =>
    `${file} does not hold 32 octets; remove it to have a new one made (nonces and route tokens given out before then end)`,
);

export const databaseBusy = define(
  "STORE_BUSY",
  (file: string) => `${file} has been locked by another program for too long; close what has it open and try again`,
);

export const databaseFailed = define("STORE_FAILED", (file: string, why: string) => `${file}: ${why}`);

export const storeThreadFailed = define("STORE_THREAD", (why: string) => `the store thread ended: ${why}`);
