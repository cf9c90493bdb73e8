/** INVITE server transaction as a table. RFC 3261 §17.2.1, figure 7, with the Accepted state of RFC 6026 §7.1, §8.7. */

import type { MachineTable } from "./machine.ts";

export type InviteServerState = "proceeding" | "accepted" | "completed" | "confirmed" | "terminated";

export type InviteServerInput =
  /** The INVITE again. */
  "request" | "ack" | "send1xx" | "send2xx" | "send3xx-6xx" | "timerG" | "timerH" | "timerI" | "timerL";

export type InviteServerEffect =
  /** The user's response. */
  | "send"
  /** The last response, if there is one. */
  | "resend"
  /** G at T1 and H at 64·T1. */
  | "startGH"
  /** G again, at twice the interval but at most T2, while H goes on. */
  | "doubleG"
  | "startI"
  | "startL"
  /** The request's text is needed no more. */
  | "releaseRequest"
  /** The response's text is needed no more. */
  | "releaseResponse"
  | "passAck"
  | "reportNoAck";

export const inviteServerTable: MachineTable<InviteServerState, InviteServerInput, InviteServerEffect> = {
  // A flow that would not take a response changes no state (RFC 6026 §8.8, RFC 3261 §18.4): the INVITE or the ACK may
  // come again by another connection. The performer tells the user.
  proceeding: {
    request: ["proceeding", "resend"],
    send1xx: ["proceeding", "send"],
    send2xx: ["accepted", "releaseRequest", "startL", "send", "releaseResponse"],
    "send3xx-6xx": ["completed", "releaseRequest", "startGH", "send"],
  },
  accepted: {
    // RFC 6026 §7.1: absorbed without an answer; 2xx are retransmitted by the user's core.
    request: ["accepted"],
    send2xx: ["accepted", "send", "releaseResponse"],
    // An ACK to a 2xx has a branch of its own, but for RFC 2543 elements.
    ack: ["accepted", "passAck"],
    timerL: ["terminated"],
  },
  completed: {
    request: ["completed", "resend"],
    timerG: ["completed", "resend", "doubleG"],
    timerH: ["terminated", "releaseResponse", "reportNoAck"],
    ack: ["confirmed", "releaseResponse", "startI"],
  },
  confirmed: {
    // §17.2.1: further ACKs, and late INVITEs, are absorbed.
    request: ["confirmed"],
    ack: ["confirmed"],
    timerI: ["terminated"],
  },
  terminated: {},
};
