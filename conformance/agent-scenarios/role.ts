/** What our user agent does in a scenario. */

import type { NodeUserAgentSettings } from "@trapezoid/call/node";
import type { UserAgentOptions } from "@trapezoid/sip/agent";
import type { Stage } from "./stage.ts";

export interface Role {
  /** For the table: `answers`, `calls, then hangs up`. */
  readonly name: string;
  /** Who we are, where the scenario has a word in it, and what else is unusual. */
  readonly settings?: Partial<NodeUserAgentSettings>;
  /** In place of a user agent with media, the core alone with these handlers: for what the user agent decides itself. */
  readonly core?: (stage: Stage) => Partial<UserAgentOptions>;
  /** Before SIPp begins: takes calls. */
  readonly listen?: (stage: Stage) => void;
  /** We begin: SIPp is there and waits. A rejection fails the case. */
  readonly begin?: (stage: Stage) => Promise<unknown>;
  /** After SIPp's end: throws where we have not seen what we should have. */
  readonly check?: (stage: Stage) => void | Promise<void>;
}
