/** Non-INVITE client transaction as a table. RFC 3261 §17.1.2, figure 6. */

import type { MachineTable } from "./machine.ts";

export type NonInviteClientState = "initial" | "trying" | "proceeding" | "completed" | "terminated";

export type NonInviteClientInput =
  | "start"
  | "timerE"
  | "timerF"
  | "timerK"
  | "1xx"
  | "2xx"
  | "3xx-6xx"
  | "transportError";

export type NonInviteClientEffect =
  | "send"
  | "resend"
  /** E at T1 and F at 64·T1. */
  | "startEF"
  /** E again, at twice the interval but at most T2, while F goes on. */
  | "doubleE"
  /** E again, at T2, while F goes on. */
  | "slowE"
  | "startK"
  | "release"
  | "passUp"
  | "reportTimeout"
  | "reportTransportError";

export const nonInviteClientTable: MachineTable<NonInviteClientState, NonInviteClientInput, NonInviteClientEffect> = {
  initial: {
    start: ["trying", "startEF", "send"],
  },
  trying: {
    timerE: ["trying", "resend", "doubleE"],
    timerF: ["terminated", "release", "reportTimeout"],
    "1xx": ["proceeding", "passUp"],
    "2xx": ["completed", "release", "startK", "passUp"],
    "3xx-6xx": ["completed", "release", "startK", "passUp"],
    transportError: ["terminated", "release", "reportTransportError"],
  },
  proceeding: {
    // §17.1.2.2: a provisional response slows the retransmissions down, it does not end them.
    timerE: ["proceeding", "resend", "slowE"],
    timerF: ["terminated", "release", "reportTimeout"],
    "1xx": ["proceeding", "passUp"],
    "2xx": ["completed", "release", "startK", "passUp"],
    "3xx-6xx": ["completed", "release", "startK", "passUp"],
    transportError: ["terminated", "release", "reportTransportError"],
  },
  completed: {
    // Retransmitted responses are absorbed.
    timerK: ["terminated"],
  },
  terminated: {},
};
