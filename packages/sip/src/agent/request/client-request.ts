/**
 * A request of ours until its final response, whatever it takes: addresses tried in turn, challenges answered, and an INVITE's CANCEL.
 * RFC 3261 §8.1.2, §8.1.3, §9.1, §22; RFC 3263 §4.3.
 */

import { CallbackTimer } from "@trapezoid/base";
import type { HeaderLine as AuthorizationLine, DigestClient } from "../../auth/digest-client.ts";
import { statusOfFailure } from "../../locate/failure-status.ts";
import type { HeaderLine } from "../../message/build.ts";
import { Via } from "../../message/fields/routing.ts";
import { RetryAfter } from "../../message/fields/time.ts";
import type { SipResponse } from "../../message/message.ts";
import { reasonPhrase } from "../../message/reason-phrases.ts";
import { formatUri } from "../../message/uri.ts";
import { checkResponse } from "../../message/validate.ts";
import { formatCancel } from "../../transaction/cancel.ts";
import type { ClientTransaction, ClientTransactionHandler } from "../../transaction/contract.ts";
import type { Flow, Target } from "../../transport/contract.ts";
import { shouldUseStream } from "../../transport/stream-rule.ts";
import type { Environment } from "../core/environment.ts";
import { unusableResponse } from "../errors.ts";
import { type Attempt, formatDraft, type RequestDraft } from "./draft.ts";
import { type Taken, TargetWalk } from "./target-walk.ts";

/** How it ended. */
export interface Outcome {
  readonly status: number;
  readonly reason: string;
  /** `undefined`: the status is ours (§8.1.3.1). */
  readonly response: SipResponse | undefined;
  readonly cause: unknown;
  /** The last attempt; `undefined` when nothing was sent. */
  readonly attempt: Attempt | undefined;
}

export interface ClientRequestOwner {
  /** The next CSeq number: for the first attempt, and for each that answers a challenge (§22.2). */
  nextSequence(): number;
  /** 101 to 199. */
  onProvisional?(response: SipResponse, attempt: Attempt): void;
  /** Exactly once. */
  onFinal(outcome: Outcome): void;
  /** Further 2xx to an INVITE, repeated ones included. */
  onFurtherSuccess?(response: SipResponse, attempt: Attempt): void;
}

/** A server that goes on asking gets this many answers. */
const MAX_CHALLENGES = 5;

export class ClientRequest implements ClientTransactionHandler {
  readonly #environment: Environment;
  readonly #draft: RequestDraft;
  readonly #owner: ClientRequestOwner;
  readonly #walk: TargetWalk;
  readonly #server: string;
  readonly #timer: CallbackTimer;
  #sequence = 0;
  #authorization: readonly AuthorizationLine[] = [];
  #challenges = 0;
  #attempt: Attempt | undefined;
  #transaction: ClientTransaction | undefined;
  #isSending = false;
  #sendFailure: { readonly error: Error | undefined } | undefined;
  /** Sent by the flow that was given: nothing was located. */
  #isByFlow = false;
  #isHeard = false;
  #isDone = false;
  #cancelHeaders: readonly HeaderLine[] | undefined;
  #isCancelSent = false;

  constructor(environment: Environment, draft: RequestDraft, owner: ClientRequestOwner) {
    this.#environment = environment;
    this.#draft = draft;
    this.#owner = owner;
    this.#walk = new TargetWalk(environment, draft.nextHop);
    this.#server = formatUri(draft.nextHop);
    // §9.1: 64·T1 after the CANCEL the INVITE is taken for cancelled.
    this.#timer = new CallbackTimer(() => this.#giveUp());
  }

  /** Once. `onFinal` may be called before this returns. */
  start(): void {
    this.#sequence = this.#owner.nextSequence();
    this.#authorization = this.#digest()?.authorize(this.#digestRequest()) ?? [];
    this.#environment.counters.requestsSent++;
    const { flow } = this.#draft;
    this.#isByFlow = true;
    if (flow !== undefined && !flow.closed && this.#sendOn(flow, undefined) === "sent") return;
    this.#isByFlow = false;
    this.#next();
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** §9.1: an INVITE is cancelled, now or with its first provisional response; of anything else, the answer is no longer waited for. */
  cancel(headers: readonly HeaderLine[] = []): void {
    if (this.#isDone || this.#cancelHeaders !== undefined) return;
    this.#cancelHeaders = headers;
    if (this.#draft.method !== "INVITE" || this.#transaction === undefined) this.#fail(487, undefined);
    else if (this.#isHeard) this.#sendCancel();
  }

  onResponse(response: SipResponse, transaction: ClientTransaction): void {
    if (!this.#isCurrent(transaction)) return;
    const attempt = this.#attempt!;
    const { status } = response;
    // §8.1.3.3, §18.1.2: more than one Via was meant for somebody else.
    const fault = checkResponse(response) ?? (response.getAll(Via).length > 1 ? secondVia : undefined);
    if (fault !== undefined) {
      // The transaction has had its answer: no other will come.
      if (status >= 200) this.#fail(500, unusableResponse(this.#draft.method, status, fault.reason ?? ""));
      return;
    }
    if (this.#isDone) {
      if (status >= 200 && status < 300) this.#owner.onFurtherSuccess?.(response, attempt);
      return;
    }
    if (!this.#isHeard && status !== 503) this.#walk.reportSuccess();
    this.#isHeard = true;
    if (status < 200) {
      if (this.#cancelHeaders !== undefined) this.#sendCancel();
      if (status > 100) this.#owner.onProvisional?.(response, attempt);
      return;
    }
    if (status >= 300 && this.#cancelHeaders === undefined) {
      if ((status === 401 || status === 407) && this.#answerChallenge(response, transaction.flow)) return;
      if (status === 503) {
        // RFC 3263 §4.3: as if it could not be reached.
        this.#walk.reportFailure(response.get(RetryAfter)?.seconds);
        if (!this.#isByFlow && this.#tryElsewhere()) return;
      }
    }
    if (status < 300 || (status !== 401 && status !== 407)) this.#digest()?.accepted(response, this.#digestRequest());
    this.#finish({ status, reason: response.reason, response, cause: undefined, attempt });
  }

  onTimeout(transaction: ClientTransaction): void {
    if (!this.#isCurrent(transaction) || this.#isDone) return;
    this.#walk.reportFailure();
    // §8.1.3.1; what a flow leads to has no other address.
    if (this.#isByFlow || !this.#tryElsewhere()) this.#fail(408, undefined);
  }

  onTransportError(transaction: ClientTransaction, error: Error | undefined): void {
    if (this.#isSending) {
      this.#sendFailure = { error };
      return;
    }
    if (!this.#isCurrent(transaction) || this.#isDone) return;
    // Whoever has answered is not asked again elsewhere.
    if (!this.#isHeard) {
      this.#walk.reportFailure();
      if (this.#tryElsewhere()) return;
    }
    this.#fail(503, error);
  }

  #isCurrent(transaction: ClientTransaction): boolean {
    if (this.#isSending) this.#transaction = transaction;
    return this.#transaction === transaction;
  }

  /** The next address; false when there is none, or nobody waits. */
  #tryElsewhere(): boolean {
    if (this.#cancelHeaders !== undefined) return false;
    this.#transaction = undefined;
    this.#isHeard = false;
    this.#isByFlow = false;
    if (this.#walk.isExhausted) return false;
    this.#environment.counters.failovers++;
    this.#next();
    return true;
  }

  #next(): void {
    this.#walk.next(
      (flow, target) => (this.#isDone ? "sent" : this.#sendOn(flow, target)),
      (error) => {
        if (!this.#isDone) this.#fail(statusOfFailure(error), error);
      },
    );
  }

  /** `target`: may be exchanged for the same over a stream when the request is long (§18.1.1). */
  #sendOn(flow: Flow, target: Target | undefined): Taken {
    const { transactions, datagramOnly, digests } = this.#environment;
    const draft = this.#draft;
    const branch = transactions.newBranch();
    const attempt: Attempt = { flow, branch, sequence: this.#sequence, authorization: this.#authorization };
    const text = formatDraft(draft, attempt);
    if (target !== undefined && shouldUseStream(text.length, flow.kind) && !datagramOnly.has(target)) {
      return "stream";
    }
    if (!draft.isWithin) digests.asks(draft.identity, flow);
    this.#attempt = attempt;
    this.#isSending = true;
    this.#sendFailure = undefined;
    const transaction = transactions.send({ method: draft.method, branch, text }, flow, this);
    this.#isSending = false;
    this.#transaction = transaction;
    if (this.#sendFailure !== undefined) {
      this.#transaction = undefined;
      return "refused";
    }
    return "sent";
  }

  /** RFC 3261 §22.2: the same request with credentials and the next CSeq, by the same way. */
  #answerChallenge(response: SipResponse, flow: Flow): boolean {
    const digest = this.#digest();
    if (digest === undefined || ++this.#challenges > MAX_CHALLENGES) return false;
    const { identity, isWithin } = this.#draft;
    if (isWithin && !this.#environment.digests.mayAnswer(identity, flow)) return false;
    const answer = digest.answer(response, this.#digestRequest(), this.#authorization);
    if (!answer.ok) return false;
    this.#environment.counters.challengesAnswered++;
    this.#authorization = answer.headers;
    this.#sequence = this.#owner.nextSequence();
    this.#transaction = undefined;
    this.#isHeard = false;
    if (!flow.closed && this.#sendOn(flow, undefined) === "sent") return true;
    this.#walk.restart();
    this.#next();
    return true;
  }

  #digest(): DigestClient | undefined {
    return this.#environment.digests.of(this.#draft.identity, this.#server);
  }

  #digestRequest(): { method: string; uri: string; body: string } {
    const { method, requestUri, body } = this.#draft;
    return { method, uri: requestUri, body: body?.body ?? "" };
  }

  #sendCancel(): void {
    const transaction = this.#transaction;
    if (this.#isCancelSent || transaction === undefined || transaction.completed) return;
    this.#isCancelSent = true;
    const { wheel, transactions } = this.#environment;
    wheel.arm(this.#timer, 64 * transactions.timers.t1);
    // RFC 7989 §6: the INVITE's own Session-ID, whatever has been learned since.
    const own = this.#draft.headers.filter(([name]) => name === "Session-ID");
    let lines = "";
    for (const [name, value] of [...own, ...this.#cancelHeaders!]) lines += `${name}: ${value}\r\n`;
    const text = formatCancel(transaction.requestText, lines);
    if (text === undefined) return;
    transactions.send({ method: "CANCEL", branch: transaction.branch, text }, transaction.flow, cancelHandler);
  }

  #giveUp(): void {
    this.#transaction?.terminate();
    this.#fail(487, undefined);
  }

  #fail(status: number, cause: unknown): void {
    this.#finish({ status, reason: reasonPhrase(status), response: undefined, cause, attempt: this.#attempt });
  }

  #finish(outcome: Outcome): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#environment.wheel.cancel(this.#timer);
    this.#owner.onFinal(outcome);
  }
}

const secondVia = { reason: "More Than One Via" };

/** Whatever a CANCEL is answered, the INVITE's own response tells what became of it. */
const cancelHandler: ClientTransactionHandler = {
  onResponse() {},
  onTimeout() {},
  onTransportError() {},
};
