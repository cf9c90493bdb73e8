/** A ban by hand: over the API, or by a command. */

import type { Ban } from "../store/contract.ts";

export interface ManualBanOptions {
  /** In canonical form. */
  readonly subject: string;
  /** Now, in milliseconds since the epoch. */
  readonly at: number;
  /** `undefined`: until it is lifted. */
  readonly forMs: number | undefined;
  /** `undefined` says nothing about it: a ban that is in force keeps its note. */
  readonly note: string | undefined;
  /** The last ban of the subject, ended or not. */
  readonly last: Ban | undefined;
}

export function manualBan({ subject, at, forMs, note, last }: ManualBanOptions): Ban {
  const isInForce = last !== undefined && (last.until === undefined || last.until > at);
  return {
    subject,
    reason: "manual",
    detail: note ?? (isInForce ? last.detail : ""),
    since: at,
    until: forMs === undefined ? undefined : at + forMs,
    times: last?.times ?? 0,
  };
}
