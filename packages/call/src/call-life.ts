/** The course of a call: answered, over, and what may be asked of it when. */

import type { SessionEnd, SessionState } from "@trapezoid/sip/agent";
import { callEnd, type OwnEnd } from "./call-end.ts";
import { callFailed, callOver, wrongCallState } from "./errors.ts";
import type { CallEnd, CallState } from "./values.ts";

const callStates: Readonly<Record<SessionState, CallState>> = {
  calling: "calling",
  early: "ringing",
  answered: "active",
  confirmed: "active",
  ending: "ending",
  // Its media is being closed.
  ended: "ending",
};

export class CallLife {
  readonly answered: Promise<void>;
  readonly ended: Promise<CallEnd>;
  readonly #sessionState: () => SessionState;
  readonly #over = new AbortController();
  readonly #resolveAnswered: () => void;
  readonly #rejectAnswered: (error: unknown) => void;
  readonly #resolveEnded: (end: CallEnd) => void;
  #answeredAt: number | undefined;
  #end: CallEnd | undefined;
  #ownEnd: OwnEnd | undefined;
  #failure: unknown;

  constructor(sessionState: () => SessionState) {
    this.#sessionState = sessionState;
    const answered = Promise.withResolvers<void>();
    this.answered = answered.promise;
    // Who does not ask is not told of a rejection that nobody handles.
    this.answered.catch(() => {});
    this.#resolveAnswered = answered.resolve;
    this.#rejectAnswered = answered.reject;
    const ended = Promise.withResolvers<CallEnd>();
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
  }

  get state(): CallState {
    return this.#end === undefined ? callStates[this.#sessionState()] : "ended";
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Aborted when it is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** SIP has come together; media may not have yet. */
  confirm(now: number): void {
    this.#answeredAt = now;
  }

  /** It is up. */
  resolveAnswered(): void {
    this.#resolveAnswered();
  }

  /** Why SIP came to nothing. */
  fail(error: unknown): void {
    this.#failure = error;
  }

  /** We end it for a reason that SIP does not know; the first one counts. */
  blame(own: OwnEnd): void {
    this.#ownEnd ??= own;
  }

  finish(end: SessionEnd, now: number): CallEnd {
    const result = callEnd(end, this.#ownEnd, this.#answeredAt === undefined ? 0 : now - this.#answeredAt);
    this.#end = result;
    this.#over.abort(callOver("what was asked", result));
    this.#rejectAnswered(callFailed(result, this.#ownEnd?.error ?? this.#failure));
    return result;
  }

  resolveEnded(end: CallEnd): void {
    this.#resolveEnded(end);
  }

  mustBeUp(what: string): void {
    this.mustNotBeOver(what);
    if (this.state !== "active") throw wrongCallState(what, this.state, "active");
  }

  mustNotBeOver(what: string): void {
    if (this.state === "ended" || this.state === "ending") throw callOver(what, this.#end);
  }
}
