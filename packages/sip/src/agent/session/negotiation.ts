/** Asks a session's owner for offers and answers, one at a time for each leg. RFC 3261 §13.2.1, RFC 3264 §4, RFC 6337. */

import type { SipMessage } from "../../message/message.ts";
import { negotiationFailed, SipError } from "../errors.ts";
import type { Refusal } from "../request/contract.ts";
import type { InviteSession, NegotiationContext, NegotiationHandlers } from "./contract.ts";
import { type NegotiationInput, type NegotiationState, negotiationTable, refusalOfOffer } from "./negotiation-state.ts";
import type { SessionBody, SessionLeg } from "./values.ts";

/** What the message at hand adds to a context. */
export interface Occasion {
  readonly method: NegotiationContext["method"];
  readonly purpose: NegotiationContext["purpose"];
  readonly message?: SipMessage | undefined;
}

/** What a negotiation needs of its session. */
export interface NegotiationHost {
  readonly session: InviteSession;
  readonly handlers: NegotiationHandlers;
  onError(error: unknown): void;
}

export class Negotiation {
  readonly #host: NegotiationHost;
  readonly #leg: SessionLeg | undefined;
  #state: NegotiationState;
  #occasion: Occasion | undefined;
  /** Whether the owner knows of what is open. */
  #isTold = false;
  #abort: AbortController | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(host: NegotiationHost, leg: SessionLeg | undefined, state: NegotiationState = "none") {
    this.#host = host;
    this.#leg = leg;
    this.#state = state;
  }

  get state(): NegotiationState {
    return this.#state;
  }

  /** Whether no offer is open. */
  get isIdle(): boolean {
    return this.#state === "none" || this.#state === "stable";
  }

  /** Whether an offer of ours is open. */
  get expectsAnswer(): boolean {
    return this.#state === "firstLocal" || this.#state === "local";
  }

  /** Whether a first answer has been given. */
  get isEstablished(): boolean {
    return this.#state !== "none" && this.#state !== "firstLocal" && this.#state !== "firstRemote";
  }

  refusalOfOffer(retryAfterSeconds: number): Refusal | undefined {
    return refusalOfOffer(this.#state, retryAfterSeconds);
  }

  /** Resolves when no offer is open; at once when none is. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** For an offer that was made before the leg was there. */
  adoptOffer(occasion: Occasion): void {
    this.#step("localOffer");
    this.#open(occasion);
    this.#isTold = true;
  }

  /** Our offer. Rejects with what the owner threw; then nothing is open. */
  async offer(occasion: Occasion, given?: SessionBody): Promise<SessionBody> {
    this.#step("localOffer");
    const context = this.#open(occasion);
    this.#isTold = true;
    try {
      const body = given ?? (await this.#host.handlers.offer(context));
      if (context.signal.aborted) throw negotiationFailed("the session ended meanwhile", context.signal.reason);
      return body;
    } catch (error) {
      if (!context.signal.aborted) this.#close("failed");
      throw error;
    }
  }

  /** The peer's offer: our answer, or a no. Never rejects. */
  async answer(offer: SessionBody, occasion: Occasion): Promise<SessionBody | Refusal> {
    this.receiveOffer(occasion);
    const decision = await this.decide(offer);
    this.conclude();
    return decision;
  }

  /** The peer's offer is here. It stays open until `conclude`, since its answer may have to be sent more than once (RFC 6337 §2.2). */
  receiveOffer(occasion: Occasion): void {
    this.#step("remoteOffer");
    this.#open(occasion);
  }

  /** Our answer to what `receiveOffer` has opened, or a no, which closes it. Never rejects. */
  async decide(offer: SessionBody): Promise<SessionBody | Refusal> {
    const context = this.#context(this.#occasion!);
    this.#isTold = true;
    let decision: SessionBody | Refusal;
    try {
      decision = await firstOf(this.#host.handlers.answer(offer, context), context.signal);
    } catch (error) {
      this.#host.onError(error);
      decision = { status: 488 };
    }
    if (context.signal.aborted) return { status: 487 };
    if (isRefusal(decision)) this.#close("failed");
    return decision;
  }

  /** Our answer has arrived for sure; does nothing where nothing of the peer's is open. */
  conclude(): void {
    if (this.#state === "firstRemote" || this.#state === "remote") this.#close("answered");
  }

  /** RFC 3261 §13.2.2.4: what is said to an offer that is not taken, where only an answer can be said. */
  decline(offer: SessionBody, occasion: Occasion): SessionBody | undefined {
    try {
      return this.#host.handlers.decline?.(offer, this.#context(occasion));
    } catch (error) {
      this.#host.onError(error);
      return undefined;
    }
  }

  /** The peer's answer; what is returned undoes it. A preview leaves the offer open. */
  receiveAnswer(answer: SessionBody, occasion: Occasion, isPreview: boolean): Refusal | undefined {
    const context = this.#context(occasion);
    let verdict: Refusal | undefined;
    try {
      verdict = this.#host.handlers.accepted(answer, context, isPreview) ?? undefined;
    } catch (error) {
      this.#host.onError(error);
      verdict = { status: 488 };
    }
    if (isPreview) return verdict;
    if (verdict === undefined) this.#close("answered");
    else this.rollBack();
    return verdict;
  }

  /** What is open comes to nothing. */
  rollBack(): void {
    const occasion = this.#occasion;
    if (this.isIdle || occasion === undefined) return;
    const context = this.#context(occasion);
    const isTold = this.#isTold;
    this.#close("failed");
    if (!isTold) return;
    try {
      this.#host.handlers.rolledBack?.(context);
    } catch (error) {
      this.#host.onError(error);
    }
  }

  /** The leg has ended: nobody waits for what was asked. */
  end(): void {
    this.#abort?.abort(new SipError("SIP_UA_SESSION_OVER", "the session ended"));
    this.#abort = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #open(occasion: Occasion): NegotiationContext {
    this.#occasion = occasion;
    this.#isTold = false;
    this.#abort = new AbortController();
    return this.#context(occasion);
  }

  #close(input: "answered" | "failed"): void {
    this.#step(input);
    this.#occasion = undefined;
    this.#abort = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #step(input: NegotiationInput): void {
    const next = negotiationTable[this.#state][input];
    if (next === undefined) throw new TypeError(`no ${input} while the negotiation is ${this.#state}`);
    this.#state = next;
  }

  #context({ method, purpose, message }: Occasion): NegotiationContext {
    const { session } = this.#host;
    const signal = (this.#abort ?? new AbortController()).signal;
    return { session, leg: this.#leg, purpose, method, message, signal };
  }
}

/** The owner's word, or 487 as soon as nobody waits for it (RFC 3261 §15.1.2). */
function firstOf(
  decision: SessionBody | Refusal | Promise<SessionBody | Refusal>,
  signal: AbortSignal,
): SessionBody | Refusal | Promise<SessionBody | Refusal> {
  if (!(decision instanceof Promise)) return decision;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve({ status: 487 });
    signal.addEventListener("abort", onAbort, { once: true });
    decision.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

export function isRefusal(decision: SessionBody | Refusal): decision is Refusal {
  return "status" in decision;
}
