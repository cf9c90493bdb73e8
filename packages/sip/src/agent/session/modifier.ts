/** re-INVITE and UPDATE of ours: one after the other, again after a glare, undone when they fail. RFC 3261 §14.1, RFC 3311 §5.1, RFC 4028 §7. */

import type { HeaderLine } from "../../message/build.ts";
import { RetryAfter } from "../../message/fields/time.ts";
import { delay, unlessAborted } from "../core/delay.ts";
import { randomUpTo } from "../core/identifiers.ts";
import { aborted, negotiationFailed, notSupported, sessionOver, wrongState } from "../errors.ts";
import type { Outcome } from "../request/client-request.ts";
import { draftInDialog, errorOf, heedOutcome, sendInDialog } from "../request/dialog-request.ts";
import { sessionBodyOf } from "./body.ts";
import type { SessionHost } from "./host.ts";
import { InviteClient } from "./invite-client.ts";
import type { Leg } from "./leg.ts";
import type { ModifyOptions, ModifyResult, SessionBody } from "./values.ts";

type Done = { readonly result: ModifyResult } | { readonly outcome: Outcome } | { readonly error: Error };

/** The longest Retry-After that is waited for. */
const MOST_RETRY_AFTER_SECONDS = 10;

export class Modifier {
  readonly #session: SessionHost;
  #turn: Promise<unknown> = Promise.resolve();
  #isInviting = false;

  constructor(session: SessionHost) {
    this.#session = session;
  }

  /** Whether an INVITE of ours is in progress. */
  get isInviting(): boolean {
    return this.#isInviting;
  }

  modify(method: "INVITE" | "UPDATE" | "any", options: ModifyOptions): Promise<ModifyResult> {
    const session = this.#session;
    const { signal } = options;
    const turn = this.#turn.then(() => this.#attempts(method, options));
    this.#turn = turn.catch(() => {});
    const what = method === "any" ? "a change of the session" : method;
    const waiting = unlessAborted(turn, signal, () => aborted(what, signal?.reason));
    return unlessAborted(waiting, session.over, () => this.#over(what));
  }

  async #attempts(wanted: "INVITE" | "UPDATE" | "any", options: ModifyOptions): Promise<ModifyResult> {
    const session = this.#session;
    const { environment } = session.house;
    const { signal } = options;
    for (let attempt = 1; ; attempt++) {
      const leg = await this.#ready(wanted, signal);
      const method = this.#choose(wanted, leg);
      const done = method === "INVITE" ? await this.#reinvite(leg, options) : await this.#update(leg, wanted, options);
      if ("result" in done) {
        session.events.emit("modified", leg, "local");
        return done.result;
      }
      if ("error" in done) throw done.error;
      const waitMs = attempt < environment.limits.glareAttempts ? this.#retryMs(done.outcome) : undefined;
      if (waitMs === undefined || signal?.aborted) throw errorOf(method, done.outcome, signal);
      await delay(environment.wheel, waitMs, [session.over, signal]);
    }
  }

  /** When nothing is open in either direction. */
  async #ready(wanted: "INVITE" | "UPDATE" | "any", signal: AbortSignal | undefined): Promise<Leg> {
    const session = this.#session;
    for (;;) {
      const leg = session.current;
      if (session.over.aborted || session.isLeaving) throw this.#over("a change");
      if (signal?.aborted) throw aborted("a change", signal.reason);
      if (leg === undefined) throw wrongState("a change", session.state, "in a dialog");
      if (session.state === "answered" && wanted !== "UPDATE") await session.confirmed;
      else if (wanted === "INVITE" && session.state !== "confirmed") {
        throw wrongState("re-INVITE", session.state, "confirmed");
      } else if (session.reinvites.isBusy) await session.reinvites.whenIdle();
      else if (!leg.negotiation.isIdle) await leg.negotiation.whenIdle();
      else return leg;
    }
  }

  #choose(wanted: "INVITE" | "UPDATE" | "any", leg: Leg): "INVITE" | "UPDATE" {
    const canUpdate = leg.allows("UPDATE");
    if (wanted === "UPDATE") {
      if (canUpdate === false) throw notSupported("UPDATE", "the other side, which does not name it in Allow");
      return "UPDATE";
    }
    if (wanted === "INVITE") return "INVITE";
    return canUpdate === true || this.#session.state !== "confirmed" ? "UPDATE" : "INVITE";
  }

  /** How long to wait before it is tried again; `undefined`: it is not. */
  #retryMs({ status, response }: Outcome): number | undefined {
    const session = this.#session;
    const { hash, counters } = session.house.environment;
    if (response === undefined) return undefined;
    if (status === 491) {
      counters.glares++;
      // §14.1: the owner of the Call-ID 2.1 to 4 s, the other one up to 2 s, in units of 10 ms.
      return session.direction === "outgoing" ? 2_100 + randomUpTo(hash, 190) * 10 : randomUpTo(hash, 200) * 10;
    }
    if (status === 422) return session.sessionTimer.heedTooSmall(response) ? 0 : undefined;
    // §14.2, RFC 3311 §5.2: the other side is busy with a change of its own.
    const seconds = status === 500 ? response.get(RetryAfter)?.seconds : undefined;
    return seconds === undefined || seconds > MOST_RETRY_AFTER_SECONDS ? undefined : seconds * 1000;
  }

  async #reinvite(leg: Leg, options: ModifyOptions): Promise<Done> {
    const session = this.#session;
    const { environment } = session.house;
    const { purpose = "change", signal } = options;
    const body =
      options.withoutOffer === true
        ? undefined
        : await leg.negotiation.offer({ method: "INVITE", purpose }, options.body);
    const headers: HeaderLine[] = [
      ...session.requestLines("INVITE"),
      ...session.sessionTimer.requestLines(),
      ...(options.headers ?? []),
    ];
    this.#isInviting = true;
    const done = await new Promise<Done>((resolve) => {
      const client = new InviteClient(
        environment,
        draftInDialog(leg.dialog, session.identity, { method: "INVITE", headers, body }),
        {
          identity: session.identity,
          purpose,
          nextSequence: () => leg.dialog.nextSequence(),
          legOf: (response) => (response.toTag === leg.remoteTag || leg.remoteTag === "" ? leg : undefined),
          ackLines: () => session.requestLines("ACK"),
          onProgress: () => {},
          onSuccess: (_leg, response) => {
            session.learn(response, leg);
            leg.dialog.refreshTarget(response);
            session.sessionTimer.onSuccess(response);
            return true;
          },
          onAcknowledged: (_leg, response, answer, fault) => {
            stop();
            if (fault === undefined) {
              resolve({ result: { response, body: answer } });
              return;
            }
            resolve({ error: fault });
            session.leave("negotiation", {});
          },
          onBroken: () => client.cancel([]),
          onFailure: (outcome) => {
            stop();
            leg.negotiation.rollBack();
            heedOutcome(leg.dialog, this.#effects("INVITE", leg), outcome);
            resolve({ outcome });
          },
        },
      );
      const cancel = (): void => client.cancel([]);
      const stop = (): void => {
        signal?.removeEventListener("abort", cancel);
        session.over.removeEventListener("abort", cancel);
      };
      signal?.addEventListener("abort", cancel, { once: true });
      session.over.addEventListener("abort", cancel, { once: true });
      client.start();
      if (signal?.aborted) cancel();
    });
    this.#isInviting = false;
    return done;
  }

  async #update(leg: Leg, wanted: "INVITE" | "UPDATE" | "any", options: ModifyOptions): Promise<Done> {
    const session = this.#session;
    const { environment } = session.house;
    const { purpose = "change", signal } = options;
    // RFC 4028 §7.4: an UPDATE that refreshes needs no offer.
    const isBare = options.withoutOffer === true || (wanted === "any" && purpose === "refresh");
    const occasion = { method: "UPDATE", purpose } as const;
    const body = isBare ? undefined : await leg.negotiation.offer(occasion, options.body);
    const timer = session.state === "confirmed" ? session.sessionTimer.requestLines() : [];
    const headers: HeaderLine[] = [...session.requestLines("UPDATE"), ...timer, ...(options.headers ?? [])];
    const outcome = await sendInDialog(environment, leg.dialog, session.identity, {
      ...this.#effects("UPDATE", leg),
      headers,
      body,
      signal,
    });
    const { response } = outcome;
    if (response === undefined || outcome.status >= 300) {
      leg.negotiation.rollBack();
      return { outcome };
    }
    session.learn(response, leg);
    if (session.state === "confirmed") session.sessionTimer.onSuccess(response);
    return this.#concludeUpdate(leg, body, { response, body: sessionBodyOf(response, environment.capabilities.types) });
  }

  #concludeUpdate(leg: Leg, offer: SessionBody | undefined, result: ModifyResult): Done {
    if (offer === undefined || !leg.negotiation.expectsAnswer) return { result };
    if (result.body === undefined) {
      leg.negotiation.rollBack();
      return { error: negotiationFailed("the 2xx to UPDATE has no answer") };
    }
    const occasion = { method: "UPDATE", purpose: "change", message: result.response } as const;
    const refusal = leg.negotiation.receiveAnswer(result.body, occasion, false);
    if (refusal === undefined) return { result };
    this.#session.leave("negotiation", {});
    return { error: negotiationFailed("the answer was refused") };
  }

  #effects(method: string, leg: Leg): { method: string; onUsageLost: (status: number) => void } {
    return { method, onUsageLost: (status) => this.#session.onUsageLost(leg, status) };
  }

  #over(what: string): Error {
    const end = this.#session.outcome;
    return sessionOver(what, end?.cause ?? "it is being ended", end?.status);
  }
}
