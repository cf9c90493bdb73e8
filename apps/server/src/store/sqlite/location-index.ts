/**
 * What a signalling thread looks up: bindings and accounts, read from the shared database when asked, a few of the last ones
 * kept. No thread holds a copy of the whole, so a hundred thousand bindings cost a worker nothing.
 */

import { type Clock, systemClock } from "@trapezoid/base";
import { decodeBindings } from "../binding-record.ts";
import type { Account, Binding, LocationIndex } from "../contract.ts";
import { Recent } from "../recent.ts";
import { versionSlot } from "../versions.ts";
import { type PackedAccount, SELECT_PACKED_ACCOUNT, unpackAccount } from "./account-row.ts";
import { type Database, openDatabase, type Statement } from "./driver.ts";

export interface LocationIndexOptions {
  readonly file: string;
  /** Of the store thread: says when kept bindings are out of date. */
  readonly versions: SharedArrayBuffer;
  readonly clock?: Clock;
  /** Addresses whose bindings are kept, and as many accounts. Default 1,024: about 1 MB. */
  readonly cacheSize?: number;
  /** Page cache of this thread's connection. Default 4 MiB. */
  readonly cacheBytes?: number;
  /** How old what is said about accounts may be. Default 500. */
  readonly accountAgeMs?: number;
}

export function openLocationIndex(options: LocationIndexOptions): SqliteLocationIndex {
  return new SqliteLocationIndex(options);
}

interface Kept {
  readonly version: number;
  readonly bindings: readonly Binding[];
  /** When the first of them ends. */
  readonly until: number;
}

/** No account has this address: it has no domain. */
const NOBODY = "nobody";

const none: readonly Binding[] = Object.freeze([]);

export class SqliteLocationIndex implements LocationIndex {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #versions: Int32Array;
  readonly #bindings: Recent<string, Kept>;
  readonly #accounts: Recent<string, Account>;
  readonly #selectBindings: Statement;
  readonly #selectAccount: Statement;
  readonly #selectSome: Statement;
  readonly #selectVersion: Statement;
  readonly #accountAgeMs: number;
  #accountsVersion: unknown = undefined;
  /** Reads of accounts so far. */
  #accountReads = 0;
  /** Reads that would have told whether the account is there, and what it holds, and that were not made. */
  #spared: "both" | "a miss" | "a hit" = "both";
  /** An account that is there, to be read in place of others. */
  #some: string | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LocationIndexOptions) {
    const {
      file,
      versions,
      clock = systemClock,
      cacheSize = 1_024,
      cacheBytes = 4 << 20,
      accountAgeMs = 500,
    } = options;
    this.#database = openDatabase(file, { mode: "read", cacheBytes });
    this.#clock = clock;
    this.#versions = new Int32Array(versions);
    this.#bindings = new Recent(cacheSize);
    this.#accounts = new Recent(cacheSize);
    this.#accountAgeMs = accountAgeMs;
    this.#selectBindings = this.#database.prepare("SELECT records FROM bindings WHERE aor = ?");
    this.#selectBindings.setReturnArrays(true);
    this.#selectAccount = this.#database.prepare(SELECT_PACKED_ACCOUNT);
    this.#selectAccount.setReturnArrays(true);
    this.#selectSome = this.#database.prepare("SELECT address FROM accounts LIMIT 1");
    this.#selectSome.setReturnArrays(true);
    this.#selectVersion = this.#database.prepare("SELECT version FROM changes WHERE name = 'accounts'");
    this.#selectVersion.setReturnArrays(true);
  }

  lookup(aor: string): readonly Binding[] {
    const now = this.#clock.now();
    this.#forgetOldAccounts(now);
    // Read before the row: a commit in between makes the kept row one look-up too old, not one too new.
    const version = Atomics.load(this.#versions, versionSlot(aor));
    let kept = this.#bindings.get(aor);
    if (kept === undefined || kept.version !== version || kept.until <= now) {
      kept = this.#read(aor, version, now);
      this.#bindings.set(aor, kept);
    }
    return kept.bindings;
  }

  account(address: string): Account | undefined {
    this.#forgetOldAccounts(this.#clock.now());
    const kept = this.#accounts.get(address);
    if (kept !== undefined) {
      this.#spared = "both";
      return kept;
    }
    // What is not there is not kept: a stranger who tries names fills no memory and pushes nobody out.
    const account = this.#readAccount(address);
    this.#spared = account === undefined ? "a hit" : "a miss";
    if (account === undefined) return undefined;
    this.#some = address;
    this.#accounts.set(address, account);
    return account;
  }

  evenOut(): void {
    const spared = this.#spared;
    this.#some ??= (this.#selectSome.get() as unknown as readonly [string] | undefined)?.[0];
    if (spared !== "a hit") this.#readAccount(NOBODY);
    if (spared !== "a miss" && this.#some !== undefined) this.#readAccount(this.#some);
  }

  /** For tests: what was read of accounts says what a question costs. */
  get accountReads(): number {
    return this.#accountReads;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #readAccount(address: string): Account | undefined {
    this.#accountReads++;
    const row = this.#selectAccount.get(address) as unknown as PackedAccount | undefined;
    return row === undefined ? undefined : unpackAccount(address, row);
  }

  #read(aor: string, version: number, now: number): Kept {
    const row = this.#selectBindings.get(aor) as unknown as readonly [string] | undefined;
    if (row === undefined) return { version, bindings: none, until: Number.POSITIVE_INFINITY };
    const bindings = decodeBindings(aor, row[0]).filter((binding) => binding.expiresAt > now);
    let until = Number.POSITIVE_INFINITY;
    for (const binding of bindings) if (binding.expiresAt < until) until = binding.expiresAt;
    if (bindings.length > 1) bindings.sort((a, b) => b.q - a.q || b.updatedAt - a.updatedAt);
    return { version, bindings, until };
  }

  // Another process may change accounts, and remove bindings with them: seen by the version that its commit left.
  #forgetOldAccounts(now: number): void {
    if (now - this.#checkedAt < this.#accountAgeMs) return;
    this.#checkedAt = now;
    const version = (this.#selectVersion.get() as unknown as readonly [unknown] | undefined)?.[0];
    if (version === this.#accountsVersion) return;
    this.#accountsVersion = version;
    this.#accounts.clear();
    this.#some = undefined;
    this.#bindings.clear();
  }
}
