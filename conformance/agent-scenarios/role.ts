/** What our user agent does in a scenario. */

import type { UserAgentOptions } from "@trapezoid/sip/agent";
import type { Stage } from "./stage.ts";

export interface Role {
  /** For the table: `answers`, `calls and hangs up`. */
  readonly name: string;
  readonly identity?: UserAgentOptions["identity"];
  /** Handlers, and what else it needs, before SIPp begins. */
  readonly agent?: (stage: Stage) => Partial<UserAgentOptions>;
  /** We begin: SIPp is there and waits. A rejection fails the case. */
  readonly begin?: (stage: Stage) => Promise<unknown>;
  /** After SIPp's end: throws where we have not seen what we should have. */
  readonly check?: (stage: Stage) => void | Promise<void>;
}
