/** What all parts of one transport share. */

import type { TimerWheel } from "@trapezoid/base";
import type { Admission, TransportCounters, TransportHandler } from "../contract.ts";
import type { TransportLimits, TransportTimeouts } from "./options.ts";

export interface TransportCore {
  readonly handler: TransportHandler;
  readonly counters: TransportCounters;
  readonly admission: Admission | undefined;
  /** Both change with `configure`, for what begins then. */
  limits: TransportLimits;
  timeouts: TransportTimeouts;
  readonly wheel: TimerWheel;
}
