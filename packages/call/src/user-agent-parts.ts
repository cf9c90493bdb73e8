/** What a user agent is given by its platform: the SIP stack's ports, and media. */

import type { Clock, TimerWheel } from "@trapezoid/base";
import type { UserAgentOptions } from "@trapezoid/sip/agent";
import type { TransportHandler } from "@trapezoid/sip/transport";
import type { MediaPort } from "./media-port.ts";

export interface UserAgentParts
  extends Pick<UserAgentOptions, "transport" | "locator" | "hash" | "timers" | "transactions" | "isTrusted"> {
  readonly wheel: TimerWheel;
  readonly clock: Clock;
  readonly media: MediaPort;
  /** RFC 5626 §4.1. */
  readonly instanceId?: string;
  /** Gives the transport its handler. */
  connect(handler: TransportHandler): void;
  /** Tells the developer of a failure that nobody takes. */
  warn?(text: string): void;
  /** Lets go of what belongs to the user agent below. Never rejects. */
  release?(): Promise<void>;
}
