/** The states of a ZRTP stream, and what each does with each message. RFC 6189 §3.1, §4.1, §4.2, §6. */

import type { MessageType } from "./message.ts";

export type State =
  /** Nothing was sent yet. */
  | "idle"
  /** Hello goes out until it is acknowledged; the peer's is waited for. */
  | "discovering"
  /** Nobody answered. */
  | "silent"
  /** Initiator: Commit goes out. */
  | "committed"
  /** Initiator: DHPart2 goes out. */
  | "agreeing"
  /** Initiator: Confirm2 goes out. */
  | "confirming"
  /** Responder: DHPart1 was sent. */
  | "responding"
  /** Responder: Confirm1 was sent. */
  | "concluding"
  | "secure"
  /** An Error goes out until it is acknowledged. */
  | "failing"
  | "failed"
  | "closed";

export type Action =
  | "takeHello"
  | "acknowledgeHello"
  | "takeHelloAck"
  | "respond"
  | "contend"
  | "repeatDhPart1"
  | "takeDhPart"
  | "repeatConfirm1"
  | "takeConfirm"
  | "takeConf2Ack"
  | "repeatConf2Ack"
  | "refuseClear"
  | "takeRelay"
  | "takeError"
  | "acknowledgeError"
  | "takeErrorAck";

type Row = Readonly<Partial<Record<MessageType, Action>>>;

/** While keys are being agreed on: a Hello that comes again is acknowledged again, an Error ends it (§4.7.1). */
const underWay: Row = { Hello: "acknowledgeHello", Error: "takeError" };

/** What is not here is passed over. Pings are answered in every state but the first and the last. */
const table: Readonly<Record<State, Row>> = {
  idle: {},
  discovering: { Hello: "takeHello", HelloACK: "takeHelloAck", Commit: "respond", Error: "takeError" },
  // §6: a late Commit is still taken; a late Hello begins anew.
  silent: { Hello: "takeHello", Commit: "respond" },
  committed: { ...underWay, Commit: "contend", DHPart1: "takeDhPart", Confirm1: "takeConfirm" },
  agreeing: { ...underWay, Confirm1: "takeConfirm" },
  confirming: { ...underWay, Conf2ACK: "takeConf2Ack" },
  responding: { ...underWay, Commit: "repeatDhPart1", DHPart2: "takeDhPart" },
  // The Confirm1 of multistream mode answers the Commit itself.
  concluding: { ...underWay, Commit: "repeatConfirm1", DHPart2: "repeatConfirm1", Confirm2: "takeConfirm" },
  // Errors prove nothing about who sent them: they end no secure stream.
  secure: {
    Hello: "acknowledgeHello",
    Confirm2: "repeatConf2Ack",
    GoClear: "refuseClear",
    SASrelay: "takeRelay",
    Error: "acknowledgeError",
  },
  failing: { Error: "acknowledgeError", ErrorACK: "takeErrorAck" },
  failed: { Error: "acknowledgeError" },
  closed: {},
};

export function actionFor(state: State, type: MessageType): Action | undefined {
  return table[state][type];
}

/** The states in which a failure still matters: keys are being looked for, and media is in clear or rests. */
export function isOpen(state: State): boolean {
  return table[state].Error === "takeError";
}
