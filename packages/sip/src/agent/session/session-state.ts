/** The states of a session as a table. RFC 3261 §13 to §15. */

import type { SessionState } from "./values.ts";

export type SessionInput =
  /** A provisional response with a tag: there is an early dialog. */
  | "progress"
  /** 2xx, sent or received. */
  | "success"
  /** Its ACK. */
  | "ack"
  /** We take leave: CANCEL, BYE. */
  | "leave"
  /** Nothing is left to be done. */
  | "over";

/** A missing entry: the input changes nothing. */
export const sessionTable: Readonly<Record<SessionState, Readonly<Partial<Record<SessionInput, SessionState>>>>> = {
  calling: { progress: "early", success: "answered", leave: "ending", over: "ended" },
  early: { success: "answered", leave: "ending", over: "ended" },
  answered: { ack: "confirmed", leave: "ending", over: "ended" },
  confirmed: { leave: "ending", over: "ended" },
  // A 2xx that crosses our CANCEL is acknowledged, and followed by BYE (§9.1, §15).
  ending: { over: "ended" },
  ended: {},
};
