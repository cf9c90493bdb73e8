/** Gathers the failures of a request's branches, and answers with the best of them. RFC 3261 §16.7 steps 4, 6 and 7. */

import type { SipResponse } from "../message/message.ts";
import type { ServerTransaction } from "../transaction/contract.ts";
import { betterOf, type Failure } from "./best-response.ts";
import type { Refusal } from "./contract.ts";
import type { Environment } from "./environment.ts";
import { withChallengesOf, withoutTopVia } from "./forward-response.ts";
import { respondLocally } from "./local-response.ts";
import { warningLine } from "./sips.ts";

/** What bears on a status of our own. */
export interface AnswerCircumstances {
  readonly isInvite: boolean;
  /** The caller hung up. */
  readonly isCancelled: boolean;
  /** There was nothing to try. */
  readonly isUntried: boolean;
  /** A 430 is for proxies, and for requests within a dialog. */
  readonly mayTell430: boolean;
}

export class FinalChoice {
  best: Failure | undefined = undefined;
  /** A response of our own that goes before all others. */
  refusal: Refusal | undefined = undefined;
  #challenges: SipResponse[] | undefined = undefined;

  keep(failure: Failure, isCancelled: boolean): void {
    const { status, response } = failure;
    if (response !== undefined && (status === 401 || status === 407)) {
      if (this.#challenges === undefined) this.#challenges = [response];
      else this.#challenges.push(response);
    }
    this.best = betterOf(this.best, failure, isCancelled);
  }

  /** Returns the status that went out. */
  answer(environment: Environment, transaction: ServerTransaction, circumstances: AnswerCircumstances): number {
    const { best, refusal } = this;
    if (refusal !== undefined) {
      respondLocally(environment, transaction, refusal.status, refusal);
      return refusal.status;
    }
    // §16.7 step 6: one server out of service does not make us so; its 503 is not passed on.
    const response = best?.status === 503 ? undefined : best?.response;
    const status = response?.status ?? ownStatus(best, circumstances);
    if (status === 408 && !circumstances.isInvite) {
      // RFC 4320 §4.2: nobody waits for the answer any more.
      transaction.abandon();
      return status;
    }
    if (response === undefined) {
      const fault = circumstances.isCancelled ? undefined : best?.fault;
      const headers = fault === undefined ? [] : [warningLine(fault, transaction.flow)];
      respondLocally(environment, transaction, status, { headers });
      return status;
    }
    const isChallenge = status === 401 || status === 407;
    const answer = isChallenge ? withChallengesOf(response, this.#challenges!) : response;
    const text = withoutTopVia(answer, transaction.flow.reliable);
    if (text !== undefined) {
      environment.counters.forwardedResponses++;
      transaction.respond(status, text);
    }
    return status;
  }
}

function ownStatus(best: Failure | undefined, circumstances: AnswerCircumstances): number {
  const status = best?.status;
  if (circumstances.isCancelled) return 487;
  // §16.5: no target at all; §16.7 step 6: no response at all.
  if (status === undefined) return circumstances.isUntried ? 480 : 408;
  // RFC 7339 §5.10: the next request there would fare the same, so it is a 503; without Retry-After, since others would not.
  if (status === 503) return best?.isSpared === true ? 503 : 500;
  // RFC 5626 §11.5: endpoints should never receive a 430; within a dialog nothing else says it.
  return status === 430 && !circumstances.mayTell430 ? 480 : status;
}
