/** What the firewall's parts say to each other across threads. */

import type { BanReason } from "../store/contract.ts";

/** A thread has seen enough of a source. */
export interface Offence {
  /** The source's key: `192.0.2.7`, `2001:db8:1:2::/64`. */
  readonly subject: string;
  readonly reason: Exclude<BanReason, "manual">;
  /** For people. */
  readonly detail: string;
}
