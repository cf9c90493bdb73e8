/** The last alarms, in the main thread: a line in the log for each, and a ring for the API. */

import { utf8Decode } from "@trapezoid/sip/message";
import type { Logger } from "../observe/logger.ts";
import type { TakeoverAlarm } from "./takeover-watch.ts";

const deeds = {
  added: "a contact was added",
  replaced: "a contact was replaced",
  removed: "a contact was removed",
  "all-removed": "all contacts were removed",
} as const satisfies Record<TakeoverAlarm["what"], string>;

export class AlarmLog {
  readonly #log: Pick<Logger, "warn">;
  readonly #alarms: TakeoverAlarm[] = [];
  #kept: number;
  #raised = 0;

  /** @param kept How many are kept; the oldest is forgotten first. */
  constructor(kept: number, log: Pick<Logger, "warn">) {
    this.#kept = kept;
    this.#log = log;
  }

  /** Since the start. */
  get counters(): { readonly takeovers: number } {
    return { takeovers: this.#raised };
  }

  configure(kept: number): void {
    this.#kept = kept;
    this.#alarms.length = Math.min(this.#alarms.length, kept);
  }

  raise(alarm: TakeoverAlarm): void {
    this.#raised++;
    this.#alarms.unshift(alarm);
    this.#alarms.length = Math.min(this.#alarms.length, this.#kept);
    const { account, what, source, userAgent, contacts, usual } = alarm;
    this.#log.warn("a registration from an unusual place: if the user does not know of it, change the password", {
      account,
      what: deeds[what],
      source,
      userAgent: userAgent === undefined ? undefined : utf8Decode(userAgent),
      contacts: contacts.map(utf8Decode),
      usual: usual.map((binding) => binding.source),
      change: `trapezoid user password ${account}`,
    });
  }

  /** Newest first. */
  list(limit: number): readonly TakeoverAlarm[] {
    return this.#alarms.slice(0, limit);
  }
}
