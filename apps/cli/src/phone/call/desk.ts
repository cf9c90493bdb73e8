/** What keys act on: the calls of a phone, and the person who pressed them. */

import type { Phone } from "../phone.ts";
import type { LiveCall } from "./live-call.ts";

export interface CallDesk {
  readonly phone: Phone;
  /** @param before The call that waits while somebody else is spoken to in this one. */
  add(live: LiveCall, before?: LiveCall): void;
  /** The call that waits for the end of this one, which is about its transfer. */
  consultationOf(live: LiveCall): LiveCall | undefined;
  /** Asks the person at the keyboard; `undefined` where they give no answer. */
  ask(text: string): Promise<string | undefined>;
  say(text: string): void;
  /** Runs what a key asked for; what fails is told, and the call goes on. */
  run(work: Promise<unknown>): void;
}
