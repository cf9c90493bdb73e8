/** What the transaction layer offers to transaction users: proxy, registrar, agent. RFC 3261 §17, RFC 6026. */

import type { SipRequest, SipResponse } from "../message/message.ts";
import type { Flow } from "../transport/contract.ts";

/** RFC 3261 §17.1.1.1; milliseconds. */
export interface TimerSettings {
  /** Round-trip estimate, default 500. */
  readonly t1: number;
  /** Longest retransmission interval of non-INVITE requests and INVITE responses, default 4000. */
  readonly t2: number;
  /** Longest time a message stays in the network, default 5000. */
  readonly t4: number;
}

/** A request from a peer, in a transaction of its own. */
export interface ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly isInvite: boolean;
  /** The last status sent, 0 before any. */
  readonly status: number;
  /** Whether a final response has been sent. */
  readonly completed: boolean;
  /** Whether the transaction has ended and is forgotten. */
  readonly terminated: boolean;
  /**
   * Sends a response: its whole text (latin1), Via as it must go out. Retransmissions, ACK matching and 6026's Accepted state
   * (several 2xx pass) are the layer's. Ignored after a final response, but for further 2xx to INVITE.
   */
  respond(status: number, text: string): void;
  /** Forgets the transaction without a response: the request is forwarded without state (§16.11). Only before any response. */
  abandon(): void;
  /** For the transaction user's own state. */
  user: unknown;
}

/** A request of ours, in a transaction of its own. */
export interface ClientTransaction {
  readonly method: string;
  readonly branch: string;
  readonly flow: Flow;
  /** The last status received, 0 before any. */
  readonly status: number;
  readonly completed: boolean;
  readonly terminated: boolean;
  /** The request as sent. */
  readonly requestText: string;
  /** Ends it without waiting (no further callbacks). For a proxy's failed branch. */
  terminate(): void;
  user: unknown;
}

export interface ClientTransactionHandler {
  /** Every provisional but 100s that repeat, the first final response, and each further 2xx to INVITE (RFC 6026 §8.4). Retransmissions of others are absorbed; ACK to non-2xx is sent by the layer. */
  onResponse(response: SipResponse, transaction: ClientTransaction): void;
  /** Timer B or F. Terminated already. */
  onTimeout(transaction: ClientTransaction): void;
  /** The flow broke before a final response. Terminated already. */
  onTransportError(transaction: ClientTransaction, error: Error | undefined): void;
  /** Called exactly once, when the layer forgets the transaction. */
  onTerminated?(transaction: ClientTransaction): void;
}

/** Handlers decide; there is exactly one owner of each kind of message. */
export interface TransactionUser {
  /** A new request, but ACK and CANCEL. Top Via already carries received/rport. */
  onRequest(transaction: ServerTransaction): void;
  /** An ACK that matches no transaction: the ACK to a 2xx. */
  onAck(request: SipRequest, flow: Flow): void;
  /** A CANCEL; `invite` is the transaction it names, `undefined` when there is none (481, §9.2; a stateful proxy may forward statelessly §16.10). The user answers `cancel`. */
  onCancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void;
  /** A response that matches no client transaction of this worker. */
  onStrayResponse(response: SipResponse, flow: Flow): void;
  /** A message that cannot be used: parsed but without what a transaction needs (§8.1.1), or not parsed at all. Already counted. */
  onInvalid?(reason: string, text: string, flow: Flow): void;
  /** An INVITE server transaction ended by timer H (no ACK) or a broken flow. */
  onServerTransactionError?(transaction: ServerTransaction, reason: "timer-h" | "transport"): void;
  onServerTransactionTerminated?(transaction: ServerTransaction): void;
}

/** Plain numbers, read at scrape. */
export interface TransactionCounters {
  serverTransactions: number;
  clientTransactions: number;
  serverCreated: number;
  clientCreated: number;
  retransmissionsSent: number;
  retransmissionsReceived: number;
  timeouts: number;
  invalid: number;
  stray: number;
}

export interface TransactionLayer {
  /** From the transport: one whole message. Parses, matches, retransmits, or calls the user. Never throws. */
  receive(text: string, flow: Flow): void;
  /**
   * Sends `text` (whole request, our Via with `branch` on top) on `flow` in a new client transaction. `branch` comes from `newBranch()`.
   */
  send(
    request: { readonly method: string; readonly branch: string; readonly text: string },
    flow: Flow,
    handler: ClientTransactionHandler,
  ): ClientTransaction;
  /** The client transaction with this branch and method. */
  clientTransaction(branch: string, method: string): ClientTransaction | undefined;
  /** `z9hG4bK` + two base-36 digits of the worker + a counter and random start: unique in space and time. */
  newBranch(): string;
  /** A tag that begins with the worker's number. */
  newTag(): string;
  readonly counters: TransactionCounters;
  readonly timers: TimerSettings;
  /** Resolves when no transaction is left, or after `ms`. */
  drain(ms: number): Promise<void>;
  close(): void;
}
