/** The log lines of what is done to bans by hand: who, until when, why, and which way it was done. */

import type { Logger } from "../observe/logger.ts";
import type { Ban } from "../store/contract.ts";

export type Way = "the API" | "a command";

export function logBanned(log: Pick<Logger, "info">, ban: Ban, by: Way): void {
  log.info("a source is banned by hand: nothing of it is read or answered", { ...fieldsOf(ban), by });
}

/** `ban`: as it was. */
export function logLifted(log: Pick<Logger, "info">, ban: Ban, by: Way): void {
  log.info("a ban is lifted by hand: the source is heard again", { ...fieldsOf(ban), by });
}

function fieldsOf({ subject, reason, detail, until }: Ban): object {
  return {
    source: subject,
    reason,
    ...(detail !== "" && { why: detail }),
    until: until === undefined ? "it is lifted" : new Date(until).toISOString(),
  };
}
