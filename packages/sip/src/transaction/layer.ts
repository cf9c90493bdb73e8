/** The transaction layer: matches what arrives, starts what is sent, and keeps count. RFC 3261 §17, §18.1.2, §18.2.1. */

import { type Fault, type SipHashKey, sipHashKey, type TimerWheel } from "@trapezoid/base";
import { buildResponse } from "../message/build.ts";
import { defaultExcessLimits, type Excess, type ExcessLimits, findExcess } from "../message/excess.ts";
import { HeaderId } from "../message/header-id.ts";
import {
  defaultMessageLimits,
  type MessageLimits,
  parseMessage,
  type SipRequest,
  type SipResponse,
} from "../message/message.ts";
import { asksForLoss, withOverloadParams } from "../message/overload-params.ts";
import { checkRequest } from "../message/validate.ts";
import type { Flow } from "../transport/contract.ts";
import { isStamped, stampTopVia } from "../transport/received.ts";
import { isOwnSentBy } from "../transport/sent-by.ts";
import { ActiveClient } from "./active-client.ts";
import { ActiveServer } from "./active-server.ts";
import type {
  Admittance,
  ClientTransaction,
  ClientTransactionHandler,
  LoadShedding,
  TimerSettings,
  TransactionCounters,
  TransactionLayer,
  TransactionLimits,
  TransactionUser,
  TurnedAway,
} from "./contract.ts";
import { createIdentifiers } from "./identifiers.ts";
import { PendingFlows } from "./pending-flows.ts";
import { detourOf, type ReopenFlow, sendByNewFlow } from "./response-fallback.ts";
import { isLegacyKey, serverKey } from "./server-key.ts";
import { mayBeStateless, statelessTag } from "./stateless-tag.ts";
import { timerSettings } from "./timer-settings.ts";
import { Tombstones } from "./tombstones.ts";
import { siblingCount, siblingOf, TransactionMap } from "./transaction-map.ts";
import { workerDigits } from "./worker-id.ts";

export interface TransactionLayerOptions {
  readonly wheel: TimerWheel;
  /** The number that our branches and tags begin with. */
  readonly workerId: number;
  readonly user: TransactionUser;
  /** Random octets, fit for secrets. */
  readonly random: (bytes: number) => Uint8Array;
  readonly timers?: Partial<TimerSettings>;
  readonly limits?: Partial<TransactionLimits>;
  /** Asked after `admit`. Default: everything is let in until `maxServerTransactions`, and nothing beyond. */
  readonly shedding?: LoadShedding;
  readonly messageLimits?: Partial<MessageLimits & ExcessLimits>;
  /**
   * Opens a flow for a response whose own flow is gone, or which the Via asks to go elsewhere (§18.2.2). Default: the one
   * response is given up, the other goes back where its request came from.
   */
  readonly reopen?: ReopenFlow;
  /**
   * Asked for each request that is about to begin a transaction: after it was read and matched nothing that runs, before
   * anything is made for it. Not asked for responses, ACKs, retransmissions, and the CANCEL of a known request.
   */
  readonly admit?: (request: SipRequest, flow: Flow) => Admittance;
  /** An exception of one of the user's callbacks. Default: thrown in a microtask, as the timer wheel does. */
  readonly onError?: (error: unknown) => void;
}

export function createTransactionLayer(options: TransactionLayerOptions): TransactionLayer {
  return new Layer(options);
}

/** Server transactions with one branch and sent-by. */
const MAX_SIBLINGS = 7;

/** What may not wait goes this far beyond the limit. */
const MOST_BEYOND = 1.1;

class Layer implements TransactionLayer {
  readonly wheel: TimerWheel;
  readonly timers: TimerSettings;
  readonly user: TransactionUser;
  readonly counters: TransactionCounters = zeroCounters();
  readonly newBranch: () => string;
  readonly newTag: () => string;
  readonly feedback: ((flow: Flow) => string) | undefined;
  #limits: TransactionLimits;
  readonly #shedding: LoadShedding | undefined;
  #messageLimits: MessageLimits & ExcessLimits;
  readonly #reopen: ReopenFlow | undefined;
  readonly #admit: ((request: SipRequest, flow: Flow) => Admittance) | undefined;
  readonly #onError: (error: unknown) => void;
  readonly #servers = new TransactionMap<ActiveServer>();
  readonly #clients = new TransactionMap<ActiveClient>();
  readonly #pending = new PendingFlows();
  readonly #tombstones = new Tombstones();
  readonly #statelessPrefix: string;
  readonly #statelessKey: SipHashKey;
  readonly #drained = new Set<() => void>();
  #closed = false;

  constructor(options: TransactionLayerOptions) {
    this.wheel = options.wheel;
    this.timers = timerSettings(options.timers);
    this.user = options.user;
    this.#limits = { maxServerTransactions: 200_000, retryAfterSeconds: 10, ...options.limits };
    this.#shedding = options.shedding;
    this.feedback = options.shedding === undefined ? undefined : (flow) => options.shedding!.feedback(flow);
    this.#messageLimits = { ...defaultMessageLimits, ...defaultExcessLimits, ...options.messageLimits };
    this.#reopen = options.reopen;
    this.#admit = options.admit;
    this.#onError = options.onError ?? throwLater;
    const identifiers = createIdentifiers(options.workerId, options.random);
    this.newBranch = identifiers.newBranch;
    this.newTag = identifiers.newTag;
    this.#statelessPrefix = workerDigits(options.workerId);
    this.#statelessKey = sipHashKey(options.random(16));
  }

  receive(text: string, flow: Flow): void {
    if (this.#closed) return;
    try {
      this.#receive(text, flow);
    } catch (error) {
      // The user's onAck, onStrayResponse and onInvalid; what has a transaction is caught nearer to it.
      this.userError(error);
    }
  }

  send(
    request: { readonly method: string; readonly branch: string; readonly text: string },
    flow: Flow,
    handler: ClientTransactionHandler,
  ): ClientTransaction {
    const transaction = new ActiveClient(this, request, flow, handler);
    if (this.#closed) {
      transaction.terminate();
      return transaction;
    }
    this.#clients.add(transaction);
    this.#pending.add(transaction);
    this.counters.clientTransactions++;
    this.counters.clientCreated++;
    transaction.start();
    return transaction;
  }

  clientTransaction(branch: string, method: string): ClientTransaction | undefined {
    return this.#clients.find(branch, method);
  }

  configure({ limits, messageLimits }: Pick<TransactionLayerOptions, "limits" | "messageLimits">): void {
    this.#limits = { ...this.#limits, ...limits };
    this.#messageLimits = { ...this.#messageLimits, ...messageLimits };
  }

  transportError(flow: Flow, error: Error): void {
    this.#pending.fail(flow, error);
  }

  get unanswered(): number {
    let count = 0;
    for (const transaction of this.#servers.all()) if (!transaction.completed) count++;
    return count;
  }

  drain(ms: number): Promise<void> {
    if (this.#isEmpty()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#drained.delete(done);
        timer[Symbol.dispose]();
        resolve();
      };
      const timer = this.wheel.after(ms, done);
      this.#drained.add(done);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const transaction of this.#clients.all()) transaction.terminate();
    for (const transaction of this.#servers.all()) transaction.end();
    for (const done of [...this.#drained]) done();
  }

  settled(transaction: ActiveClient): void {
    this.#pending.remove(transaction);
  }

  forgetClient(transaction: ActiveClient): void {
    if (!this.#clients.remove(transaction)) return;
    this.counters.clientTransactions--;
    this.#checkDrained();
  }

  forgetServer(transaction: ActiveServer): void {
    if (!this.#servers.remove(transaction)) return;
    this.counters.serverTransactions--;
    this.#checkDrained();
  }

  tombstone(method: string): SipRequest {
    return this.#tombstones.of(method);
  }

  statelessTag(key: string, request: SipRequest): string {
    return statelessTag(this.#statelessPrefix, this.#statelessKey, key, request);
  }

  undelivered(transaction: ActiveServer, text: string): void {
    sendByNewFlow(transaction, text, this.#reopen);
  }

  userError(error: unknown): void {
    this.counters.userErrors++;
    this.#onError(error);
  }

  #receive(text: string, flow: Flow): void {
    // §7.5: CRLFs before the start line are passed over.
    const whole = text.charCodeAt(0) === 13 ? text.replace(/^(?:\r\n)+/, "") : text;
    // Stamped before parsing, so that a request is parsed once (§18.2.1, RFC 3581 §4).
    const stamped = stampTopVia(whole, flow);
    const parsed = parseMessage(stamped, this.#messageLimits);
    if (!parsed.ok) {
      this.#receiveUnread(stamped, parsed.error, flow);
      return;
    }
    const excess = findExcess(parsed.value, this.#messageLimits);
    if (excess !== undefined) this.#receiveExcess(parsed.value, excess, flow);
    else if (parsed.value.isRequest) this.#receiveRequest(parsed.value, flow);
    else this.#receiveResponse(parsed.value, flow);
  }

  #receiveUnread(text: string, { code, offset }: Fault, flow: Flow): void {
    this.#invalid(code, text, flow);
    if (code === "SIP_MSG_TOO_MANY_HEADERS") this.counters.tooMuch.headerCount++;
    else if (code === "SIP_MSG_HEADERS_TOO_LARGE") this.counters.tooMuch.headerBytes++;
    else return;
    // Up to the line that was too much, it can be read.
    const head = parseMessage(`${text.slice(0, offset)}\r\n`, this.#messageLimits);
    if (head.ok && head.value.isRequest) this.#refuseUnusable(head.value, 513, "Header Fields Too Large", flow);
  }

  #receiveExcess(message: SipRequest | SipResponse, { limit, status, reason }: Excess, flow: Flow): void {
    this.counters.tooMuch[limit]++;
    this.#invalid("SIP_TX_TOO_MUCH", message.text, flow);
    if (message.isRequest) this.#refuseUnusable(message, status, reason, flow);
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    const via = response.via;
    const branch = via?.branch;
    const method = response.cseq?.method;
    if (method === undefined || response.syntaxFault !== undefined) {
      this.#invalid(response.syntaxFault?.code ?? "SIP_TX_BAD_RESPONSE", response.text, flow);
      return;
    }
    // §17.1.3
    const transaction = branch === undefined ? undefined : this.#clients.find(branch, method);
    if (transaction !== undefined) {
      // §18.1.2: without the sent-by that its request went out with it is somebody else's, and nobody hears of it.
      if (isOwnSentBy(via!, transaction.flow)) transaction.receive(response);
      else this.counters.stray++;
      return;
    }
    this.counters.stray++;
    this.user.onStrayResponse(response, flow);
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const { method, via } = request;
    if (via === undefined || !isStamped(via, flow.remote)) {
      this.#invalid("SIP_TX_BAD_VIA", request.text, flow);
      // RFC 4475 §3.1.2.16: another version may write its Via in another way.
      if (request.syntaxFault?.code === "SIP_MSG_BAD_VERSION")
        this.#refuseUnusable(request, 505, "Version Not Supported", flow);
      else this.#refuseUnusable(request, 400, "Bad Via Header Field", flow);
      return;
    }
    const key = serverKey(request, via);
    if (method === "ACK") {
      this.#receiveAck(key, request, flow);
      return;
    }
    const first = this.#servers.first(key);
    const known = first === undefined ? undefined : siblingOf(first, method);
    if (known !== undefined) {
      known.receiveAgain(flow);
      return;
    }
    const cancelled = method === "CANCEL" ? first : undefined;
    const admittance = cancelled !== undefined ? "admit" : (this.#admit?.(request, flow) ?? "admit");
    if (admittance === "drop") return;
    const detour = detourOf(via, flow, this.#reopen);
    // An INVITE shares its branch with its CANCEL; more is somebody who makes each look-up walk over all of them.
    const crowded = first !== undefined && siblingCount(first) >= MAX_SIBLINGS;
    // A CANCEL of something known ends more state than it makes; there is one at most.
    const turnedAway =
      cancelled === undefined ? this.#turnedAway(request, flow, crowded || admittance === "refuse") : undefined;
    if (turnedAway === "answered") return;
    if (turnedAway !== undefined) {
      const { status, headers } = turnedAway;
      const answer = buildResponse(request, status, { toTag: this.statelessTag(key, request), headers });
      const isTold = this.feedback !== undefined && asksForLoss(via);
      (detour ?? flow).send(isTold ? withOverloadParams(answer, this.feedback!(flow)) : answer);
      return;
    }
    const transaction = new ActiveServer(this, key, request, flow, detour);
    this.#servers.add(transaction);
    this.counters.serverTransactions++;
    this.counters.serverCreated++;
    try {
      if (method === "CANCEL") this.#receiveCancel(transaction, cancelled);
      else this.user.onRequest(transaction);
    } catch (error) {
      this.userError(error);
      this.#answer(transaction, request, 500);
    }
  }

  /** `isRefused`: whatever the load. */
  #turnedAway(request: SipRequest, flow: Flow, isRefused: boolean): TurnedAway | "answered" | undefined {
    const { maxServerTransactions, retryAfterSeconds } = this.#limits;
    const alive = this.counters.serverTransactions;
    const isFull = alive >= maxServerTransactions;
    if (!isRefused && this.#shedding !== undefined && alive < maxServerTransactions * MOST_BEYOND) {
      const answer = this.#shedding.turnAway(request, flow, isFull);
      if (isFull && answer !== undefined) this.counters.refused++;
      return answer;
    }
    if (!isRefused && !isFull) return undefined;
    this.counters.refused++;
    return { status: 503, headers: [["Retry-After", `${retryAfterSeconds}`]] };
  }

  #receiveAck(key: string, request: SipRequest, flow: Flow): void {
    if (request.syntaxFault !== undefined) {
      this.#invalid(request.syntaxFault.code, request.text, flow);
      return;
    }
    const invite = this.#servers.find(key, "INVITE");
    if (invite === undefined && this.#isStateless(key, request)) return;
    if (invite === undefined || (isLegacyKey(key) && !acknowledges(request, invite))) this.user.onAck(request, flow);
    else if (invite.receiveAck()) this.user.onAck(request, flow);
  }

  /** Whether the ACK is to a response that was sent without state; for others this costs a look at one character. */
  #isStateless(key: string, ack: SipRequest): boolean {
    const { toTag } = ack;
    return toTag !== undefined && mayBeStateless(toTag) && toTag === this.statelessTag(key, ack);
  }

  #receiveCancel(cancel: ActiveServer, cancelled: ActiveServer | undefined): void {
    const { request } = cancel;
    const refusal = checkRequest(request);
    if (refusal !== undefined) this.#answer(cancel, request, refusal.status, refusal.reason);
    // §9.2: a CANCEL has no effect on other requests, and is answered 200 all the same.
    else if (cancelled !== undefined && !cancelled.isInvite) this.#answer(cancel, request, 200);
    else this.user.onCancel(cancel, cancelled);
  }

  #answer(transaction: ActiveServer, request: SipRequest, status: number, reason?: string): void {
    if (transaction.completed || transaction.terminated) return;
    transaction.respond(status, buildResponse(request, status, { reason, toTag: this.newTag() }));
  }

  #invalid(reason: string, text: string, flow: Flow): void {
    this.counters.invalid++;
    this.user.onInvalid?.(reason, text, flow);
  }

  /** Once and without state: it cannot be matched, but has a request line and a Via to answer by (§8.2.6). */
  #refuseUnusable(request: SipRequest, status: number, reason: string, flow: Flow): void {
    if (request.method === "ACK" || request.findLine(HeaderId.Via) === -1) return;
    if (this.#admit?.(request, flow) === "drop") return;
    flow.send(buildResponse(request, status, { reason, toTag: this.newTag() }));
  }

  #isEmpty(): boolean {
    return this.counters.clientTransactions === 0 && this.counters.serverTransactions === 0;
  }

  #checkDrained(): void {
    if (this.#drained.size > 0 && this.#isEmpty()) for (const done of [...this.#drained]) done();
  }
}

/** RFC 3261 §17.2.3: an RFC 2543 element's ACK has the To tag of the response that the transaction sent. */
function acknowledges(ack: SipRequest, invite: ActiveServer): boolean {
  const sent = invite.responseText === "" ? undefined : parseMessage(invite.responseText);
  // Accepted or confirmed: the response is gone, and whatever comes is an ACK to one of ours or its repetition.
  return sent === undefined || !sent.ok || sent.value.toTag === ack.toTag;
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function zeroCounters(): TransactionCounters {
  return {
    serverTransactions: 0,
    clientTransactions: 0,
    serverCreated: 0,
    clientCreated: 0,
    retransmissionsSent: 0,
    retransmissionsReceived: 0,
    timeouts: 0,
    invalid: 0,
    tooMuch: {
      headerBytes: 0,
      headerCount: 0,
      headerLineBytes: 0,
      uriBytes: 0,
      vias: 0,
      routes: 0,
      listValues: 0,
      bodyBytes: 0,
    },
    stray: 0,
    refused: 0,
    expired: 0,
    userErrors: 0,
  };
}
