/** The states of a dialog as a table. RFC 3261 §12.1 to §12.3, §13.2.2, RFC 5057 §4. */

export const DialogState = { early: "early", confirmed: "confirmed", terminated: "terminated" } as const;
export type DialogState = (typeof DialogState)[keyof typeof DialogState];

export type DialogInput =
  /** A 2xx to the request that made it, sent or received. */
  | "success"
  /** A final response that is no 2xx, or none at all, or another dialog's 2xx and 64·T1 (§12.3, §13.2.2.3, §13.2.2.4). */
  | "failure"
  /** The last usage ended (RFC 5057 §2). */
  | "unused"
  /** A response says that the peer knows nothing of it, or cannot be reached (RFC 5057 §5.1). */
  | "lost";

/** A missing entry: the input changes nothing. */
export const dialogTable: Readonly<Record<DialogState, Readonly<Partial<Record<DialogInput, DialogState>>>>> = {
  early: { success: "confirmed", failure: "terminated", unused: "terminated", lost: "terminated" },
  // §12.3: a failed request within a confirmed dialog ends it only by what RFC 5057 says of its status.
  confirmed: { unused: "terminated", lost: "terminated" },
  terminated: {},
};

export function nextDialogState(state: DialogState, input: DialogInput): DialogState {
  return dialogTable[state][input] ?? state;
}
