/** What all parts of one transport share. */

import type { TimerWheel } from "@trapezoid/base";
import type { Admission, TransportCounters, TransportHandler } from "../contract.ts";
import type { TransportLimits, TransportTimeouts } from "./options.ts";

export interface TransportCore {
  readonly handler: TransportHandler;
  readonly counters: TransportCounters;
  readonly admission: Admission | undefined;
  readonly limits: TransportLimits;
  readonly timeouts: TransportTimeouts;
  readonly wheel: TimerWheel;
}
