/** Non-INVITE server transaction as a table. RFC 3261 §17.2.2, figure 8, with the end that RFC 4320 §4.2 implies. */

import type { MachineTable } from "./machine.ts";

export type NonInviteServerState = "trying" | "proceeding" | "completed" | "terminated";

export type NonInviteServerInput =
  /** The request again. */
  | "request"
  | "send1xx"
  | "send2xx"
  | "send3xx-6xx"
  /** 64·T1 + T4 after the request without a final response: the client has given up (timer F). */
  | "expiry"
  | "timerJ";

export type NonInviteServerEffect =
  | "send"
  | "resend"
  | "startJ"
  | "releaseRequest"
  | "releaseResponse"
  | "reportExpiry";

export const nonInviteServerTable: MachineTable<NonInviteServerState, NonInviteServerInput, NonInviteServerEffect> = {
  trying: {
    // §17.2.2: nothing to retransmit yet.
    request: ["trying"],
    send1xx: ["proceeding", "send"],
    send2xx: ["completed", "releaseRequest", "startJ", "send"],
    "send3xx-6xx": ["completed", "releaseRequest", "startJ", "send"],
    // RFC 4320 §4.2: 408 is not sent to a non-INVITE request, so a user that got no answer sends none. No timer of §17.2.2
    // would ever end that transaction; nobody waits for it any more.
    expiry: ["terminated", "releaseRequest", "reportExpiry"],
  },
  proceeding: {
    request: ["proceeding", "resend"],
    send1xx: ["proceeding", "send"],
    send2xx: ["completed", "releaseRequest", "startJ", "send"],
    "send3xx-6xx": ["completed", "releaseRequest", "startJ", "send"],
    expiry: ["terminated", "releaseRequest", "releaseResponse", "reportExpiry"],
  },
  completed: {
    request: ["completed", "resend"],
    timerJ: ["terminated", "releaseResponse"],
  },
  terminated: {},
};
