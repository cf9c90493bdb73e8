/** The store thread's settings and counters, with their names and defaults. */

import type { WriterCounters } from "./binding-writer.ts";

export interface StoreThreadOptions {
  /** At most one commit in this time. Default 5. */
  readonly commitWindowMs?: number;
  /** Updates that are committed at once, whatever the time. Default 500. */
  readonly commitRows?: number;
  /** How often expired bindings are looked for. Default 2,000. */
  readonly sweepMs?: number;
  /** Addresses that one sweep looks at; when more are due, the next one follows after a commit window. Default 500. */
  readonly sweepRows?: number;
  /** Page cache of the writing connection. Default 4 MiB. */
  readonly cacheBytes?: number;
  /** Pages (4 KiB) that the database may grow to; 0, the default, is no limit but the disk's. */
  readonly maxPages?: number;
}

export const defaultStoreThreadOptions: Required<StoreThreadOptions> = {
  commitWindowMs: 5,
  commitRows: 500,
  sweepMs: 2_000,
  sweepRows: 500,
  cacheBytes: 4 << 20,
  maxPages: 0,
};

export interface StoreThreadStats extends Readonly<WriterCounters> {
  /** Updates that wait for their commit. */
  readonly waiting: number;
  readonly clients: number;
}
