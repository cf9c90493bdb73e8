/** What calls share: their user agent. */

import type { Clock } from "@trapezoid/base";
import type { InviteSession } from "@trapezoid/sip/agent";
import type { Uri } from "@trapezoid/sip/message";
import type { Call, CallOptions, OutgoingCall, TransferRequest } from "./contract.ts";
import type { CallMedia, MediaProfile } from "./media-port.ts";

/** A call, and what it may use of its own wish. */
export interface HousedCall extends Call {
  readonly profile: MediaProfile | undefined;
}

export interface CallHouse {
  readonly clock: Clock;
  readonly maxWaitingDigits: number;
  /** Of a call that nobody has answered; 0: no limit. */
  readonly maxWaitingSeconds: number;
  openMedia(towards: string | undefined, profile: MediaProfile | undefined): CallMedia;
  /** Who may send us elsewhere. */
  mayTransfer(request: TransferRequest): boolean | Promise<boolean>;
  dial(target: Uri | string, options: CallOptions): OutgoingCall;
  callOf(session: InviteSession | undefined): HousedCall | undefined;
  added(call: HousedCall): void;
  removed(call: Call): void;
  onError(error: unknown): void;
}
