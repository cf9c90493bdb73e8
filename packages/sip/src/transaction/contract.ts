/** What the transaction layer offers to transaction users: proxy, registrar, agent. RFC 3261 §17, RFC 6026. */

import type { ResponseParts } from "../message/build.ts";
import type { ExcessLimits } from "../message/excess.ts";
import type { MessageLimits, SipRequest, SipResponse } from "../message/message.ts";
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

/** What a response has beyond what it copies from its request. */
export type StatelessResponse = Omit<ResponseParts, "toTag">;

/** The answer to a request that is not let in: sent without state. */
export interface TurnedAway {
  readonly status: number;
  readonly headers?: StatelessResponse["headers"];
}

/** Decides about new requests when there are more than can be served (RFC 3261 §21.5.4, RFC 7339). */
export interface LoadShedding {
  /**
   * Asked for each request that would begin a server transaction, after its repetitions have been absorbed. `undefined` lets it in;
   * `answered`: it repeats one that was turned away so short a time ago that the answer was still on its way, and gets none.
   * `isFull`: `maxServerTransactions` is reached; what is let in all the same may go up to a tenth beyond.
   */
  turnAway(request: SipRequest, flow: Flow, isFull: boolean): TurnedAway | "answered" | undefined;
  /**
   * What a peer that asks (RFC 7339 §5.1) is told in the topmost Via of each response, as `formatLoss` writes it; "" tells nothing.
   * Asked when a response is sent for the first time.
   */
  feedback(flow: Flow): string;
}

/** A request from a peer, in a transaction of its own. */
export interface ServerTransaction {
  /**
   * The request, until the final response has been given to `respond`. Then its text is let go, since a completed
   * transaction lives for 32 s more, and a stand-in with nothing but the method takes its place. Who needs it longer
   * keeps it.
   */
  readonly request: SipRequest;
  readonly method: string;
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
  /**
   * Sends a final response, made from the request, and forgets the transaction: for challenges, which strangers can cause in
   * any number (RFC 3261 §8.2.7, §26.3.2.4). The request is the user's again when it is repeated; the ACK to an INVITE is
   * recognized by the To tag that this gives, and absorbed. After a provisional response it is as `respond`, since the client
   * repeats its request no more.
   */
  respondStateless(status: number, parts?: StatelessResponse): void;
  /**
   * Forgets the transaction without a final response: the request is forwarded without state (§16.11), or nobody waits for
   * its answer (RFC 4320 §4.2). Does nothing after a final response.
   */
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
  /** The request as sent, until its final response; then it is let go (empty). */
  readonly requestText: string;
  /** Ends it without waiting: no further callback but `onTerminated`. For a proxy's failed branch. */
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
  /**
   * A new request, but ACK and CANCEL. Top Via already carries received/rport. Only the topmost Via is known to be sound: all
   * else is the user's to check first (`checkRequest`, §16.3 step 1, §8.2) and to answer. An exception is answered 500.
   */
  onRequest(transaction: ServerTransaction): void;
  /** An ACK that matches no transaction: the ACK to a 2xx. */
  onAck(request: SipRequest, flow: Flow): void;
  /**
   * A CANCEL, checked already; `invite` is the transaction it names, `undefined` when there is none (481, §9.2; a stateful
   * proxy may forward statelessly §16.10). The user answers `cancel`. A CANCEL of anything but an INVITE has no effect and
   * is answered by the layer.
   */
  onCancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void;
  /** A response that matches no client transaction of this worker. */
  onStrayResponse(response: SipResponse, flow: Flow): void;
  /**
   * A message that cannot be used: parsed but without what a transaction needs (§8.1.1), or not parsed at all. Already counted,
   * and a request that has a Via is answered by the layer: 400, or 413, 414 or 513 where there is too much of something.
   */
  onInvalid?(reason: string, text: string, flow: Flow): void;
  /**
   * `timer-h`: an INVITE server transaction ended without its ACK. `transport`: a response could not be sent, by its flow or
   * by a new one (§18.2.2); the transaction goes on until its timers end it (§18.4, RFC 6026 §8.8).
   */
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
  /** Of the invalid ones, those with too much of something, by the limit. */
  tooMuch: Record<keyof MessageLimits | keyof ExcessLimits, number>;
  stray: number;
  /** Requests answered 503: `maxServerTransactions` was reached, their branch has too many methods, or `admit` said so. */
  refused: number;
  /** Non-INVITE server transactions that got no final response in time (RFC 4320 §4.2). */
  expired: number;
  /** Exceptions of the user's callbacks. */
  userErrors: number;
}

/** Whether a request may begin a transaction: `drop` answers nothing, `refuse` answers 503 with Retry-After, without state. */
export type Admittance = "admit" | "drop" | "refuse";

/** Bounds of the layer. */
export interface TransactionLimits {
  /** New requests beyond are answered 503 with Retry-After, without state; which ones, `LoadShedding` says. Default 200,000. */
  readonly maxServerTransactions: number;
  /** Seconds, in the Retry-After of that 503. Default 10. */
  readonly retryAfterSeconds: number;
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
  /** New limits, for what arrives from now on; those left out stay as they are. */
  configure(options: {
    readonly limits?: Partial<TransactionLimits>;
    readonly messageLimits?: Partial<MessageLimits & ExcessLimits>;
  }): void;
  /** From the transport's `onSendError`: the client transactions that wait on this flow fail now (§17.1.4, §18.4). */
  transportError(flow: Flow, error: Error): void;
  /** Server transactions without a final response: what a shutdown would break. Counted when asked for. */
  readonly unanswered: number;
  /** Resolves when no transaction is left, or after `ms`. */
  drain(ms: number): Promise<void>;
  /** Forgets every transaction, sends nothing; what is received or sent later is ignored. */
  close(): void;
}
