/** Bans in SQLite: for the supervisor, API and commands. The threads hold those in force in memory. */

import { type Clock, systemClock } from "@trapezoid/base";
import type { Kysely } from "kysely";
import type { Ban, BanReason, BanStore } from "../contract.ts";
import { ChangePoll } from "./change-poll.ts";
import type { Database } from "./driver.ts";
import { storeError } from "./driver.ts";
import type { BanRow, Schema } from "./schema.ts";

/** Rows of one INSERT; SQLite takes 32,766 values. */
const ROWS_PER_INSERT = 500;

export interface SqliteBanStoreOptions {
  readonly database: Database;
  /** Over the database, one for all its stores. */
  readonly kysely: Kysely<Schema>;
  readonly file: string;
  readonly clock?: Clock;
}

export function createBanStore({ database, kysely, file, clock = systemClock }: SqliteBanStoreOptions): BanStore {
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const poll = new ChangePoll(database, clock, "bans", tell);
  /** `run` resolves to how many rows it changed; so does this. */
  const write = async (run: () => Promise<number>): Promise<number> => {
    try {
      const rows = await run();
      poll.own(rows);
      return rows;
    } catch (error) {
      throw storeError(error, file);
    }
  };
  return {
    async get(subject) {
      const row = await kysely.selectFrom("bans").selectAll().where("subject", "=", subject).executeTakeFirst();
      return row === undefined ? undefined : banOf(row);
    },
    async list({ at, limit = 1_000, after = "" }) {
      const rows = await kysely
        .selectFrom("bans")
        .selectAll()
        .where("subject", ">", after)
        .where((row) => row.or([row("until", "is", null), row("until", ">", Math.round(at))]))
        .orderBy("subject")
        .limit(limit)
        .execute();
      return rows.map(banOf);
    },
    async put(bans) {
      if (bans.length === 0) return;
      await write(() => insert(kysely, bans));
      tell();
    },
    async remove(subject) {
      const removed = await write(async () => {
        const result = await kysely.deleteFrom("bans").where("subject", "=", subject).executeTakeFirst();
        return Number(result.numDeletedRows);
      });
      if (removed > 0) tell();
      return removed > 0;
    },
    // Nothing in force changes: nobody is told.
    prune: (endedBefore) =>
      write(async () => {
        const ended = kysely.deleteFrom("bans").where("until", "<", Math.round(endedBefore));
        return Number((await ended.executeTakeFirst()).numDeletedRows);
      }),
    watch(listener) {
      listeners.add(listener);
      poll.start();
      return {
        [Symbol.dispose]() {
          if (listeners.delete(listener) && listeners.size === 0) poll.stop();
        },
      };
    },
  };
}

async function insert(kysely: Kysely<Schema>, bans: readonly Ban[]): Promise<number> {
  await kysely.transaction().execute(async (transaction) => {
    for (let at = 0; at < bans.length; at += ROWS_PER_INSERT) {
      await transaction
        .replaceInto("bans")
        .values(bans.slice(at, at + ROWS_PER_INSERT).map(rowOf))
        .execute();
    }
  });
  // SQLite counts a row that takes the place of another once, and so does the trigger.
  return bans.length;
}

function rowOf({ subject, reason, detail, since, until, times }: Ban): BanRow {
  return {
    subject,
    reason,
    detail,
    since: Math.round(since),
    until: until === undefined ? null : Math.round(until),
    times,
  };
}

function banOf({ subject, reason, detail, since, until, times }: BanRow): Ban {
  // PostgreSQL returns a bigint as text.
  const end = until === null ? undefined : Number(until);
  return { subject, reason: reason as BanReason, detail, since: Number(since), until: end, times };
}
