/** INVITE client transaction as a table. RFC 3261 §17.1.1, figure 5, with the Accepted state of RFC 6026 §7.2, §8.4. */

import type { MachineTable } from "./machine.ts";

export type InviteClientState = "initial" | "calling" | "proceeding" | "completed" | "accepted" | "terminated";

export type InviteClientInput =
  | "start"
  | "timerA"
  | "timerB"
  | "timerD"
  | "timerM"
  | "1xx"
  | "2xx"
  | "3xx-6xx"
  | "transportError";

export type InviteClientEffect =
  /** The request, for the first time. */
  | "send"
  | "resend"
  /** §17.1.1.3; also for each retransmission of the final response. */
  | "sendAck"
  /** A at T1 and B at 64·T1. */
  | "startAB"
  /** A again, at twice the interval, while B goes on. */
  | "doubleA"
  | "stopTimers"
  | "startD"
  | "startM"
  /** The request's text is needed no more. */
  | "release"
  | "passUp"
  | "reportTimeout"
  | "reportTransportError";

export const inviteClientTable: MachineTable<InviteClientState, InviteClientInput, InviteClientEffect> = {
  initial: {
    start: ["calling", "startAB", "send"],
  },
  calling: {
    timerA: ["calling", "resend", "doubleA"],
    timerB: ["terminated", "release", "reportTimeout"],
    "1xx": ["proceeding", "stopTimers", "passUp"],
    "2xx": ["accepted", "release", "startM", "passUp"],
    "3xx-6xx": ["completed", "sendAck", "release", "startD", "passUp"],
    transportError: ["terminated", "release", "reportTransportError"],
  },
  proceeding: {
    "1xx": ["proceeding", "passUp"],
    "2xx": ["accepted", "release", "startM", "passUp"],
    "3xx-6xx": ["completed", "sendAck", "release", "startD", "passUp"],
    // Figure 5 has no such arrow; a connection that broke brings no final response either, and a proxy would wait for timer C.
    transportError: ["terminated", "release", "reportTransportError"],
  },
  completed: {
    "3xx-6xx": ["completed", "sendAck"],
    timerD: ["terminated"],
    // The ACK could not be sent. The user has its final response; there is nothing left that it could do.
    transportError: ["terminated"],
  },
  accepted: {
    // RFC 6026 §7.2: further 2xx (retransmissions and other forks) go up; every other response is absorbed.
    "2xx": ["accepted", "passUp"],
    timerM: ["terminated"],
  },
  terminated: {},
};
