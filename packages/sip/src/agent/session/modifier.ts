/** Changes of ours: one after the other, by UPDATE or re-INVITE, again after a glare. RFC 3261 §14.1, RFC 3311 §5.1, RFC 4028 §7, RFC 4916 §4.3. */

import { RetryAfter } from "../../message/fields/time.ts";
import type { SipResponse } from "../../message/message.ts";
import { delay, unlessAborted } from "../core/delay.ts";
import { randomUpTo } from "../core/identifiers.ts";
import { aborted, notSupported, sessionOver, wrongState } from "../errors.ts";
import type { Outcome } from "../request/client-request.ts";
import { errorOf } from "../request/dialog-request.ts";
import type { ChangeAttempt } from "./change-attempt.ts";
import type { SessionHost } from "./host.ts";
import type { Leg } from "./leg.ts";
import { ReinviteClient } from "./reinvite-client.ts";
import { sendUpdate } from "./update-client.ts";
import type { ModifyOptions, ModifyResult } from "./values.ts";

type Wanted = "INVITE" | "UPDATE" | "any";

/** The longest Retry-After that is waited for. */
const MOST_RETRY_AFTER_SECONDS = 10;

/** What an UPDATE is answered by who needs a re-INVITE: RFC 3311 §5.2 has 504 where a user is to be asked. */
const wantsInvite: ReadonlySet<number> = new Set([405, 501, 504]);

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

  modify(method: Wanted, options: ModifyOptions): Promise<ModifyResult> {
    const session = this.#session;
    const { signal } = options;
    const turn = this.#turn.then(() => this.#attempts(method, options));
    this.#turn = turn.catch(() => {});
    const what = method === "any" ? "a change of the session" : method;
    const waiting = unlessAborted(turn, signal, () => aborted(what, signal?.reason));
    return unlessAborted(waiting, session.over, () => this.#over(what));
  }

  async #attempts(method: Wanted, options: ModifyOptions): Promise<ModifyResult> {
    const session = this.#session;
    const { environment } = session.house;
    const { signal } = options;
    let wanted = method;
    for (let attempt = 1; ; attempt++) {
      const leg = await this.#ready(wanted, options);
      this.#rename(leg, options);
      const chosen = this.#choose(wanted, leg);
      const done = await this.#send(chosen, wanted, leg, options);
      if ("result" in done) {
        session.events.emit("modified", leg, "local");
        return done.result;
      }
      if ("error" in done) throw done.error;
      const { status } = done.outcome;
      if (wanted === "any" && chosen === "UPDATE" && wantsInvite.has(status) && session.state === "confirmed") {
        wanted = "INVITE";
        continue;
      }
      const waitMs = attempt < environment.limits.glareAttempts ? this.#retryMs(done.outcome) : undefined;
      if (waitMs === undefined || signal?.aborted) throw errorOf(chosen, done.outcome, signal);
      await delay(environment.wheel, waitMs, [session.over, signal]);
    }
  }

  async #send(method: "INVITE" | "UPDATE", wanted: Wanted, leg: Leg, options: ModifyOptions): Promise<ChangeAttempt> {
    if (method === "UPDATE") {
      // RFC 4028 §7.4: an UPDATE that refreshes needs no offer.
      const isBare = options.withoutOffer === true || (wanted === "any" && options.purpose === "refresh");
      return sendUpdate(this.#session, leg, isBare, options);
    }
    const client = new ReinviteClient(this.#session, leg, options);
    try {
      return await client.run(() => {
        this.#isInviting = true;
      });
    } finally {
      this.#isInviting = false;
    }
  }

  /** When nothing is open in either direction. */
  async #ready(wanted: Wanted, { signal, withoutOffer }: ModifyOptions): Promise<Leg> {
    const session = this.#session;
    // RFC 3311 §5.1: its rules are for offers; without one an UPDATE may go at any time.
    const isBare = wanted === "UPDATE" && withoutOffer === true;
    for (;;) {
      const leg = session.current;
      if (session.over.aborted || session.isLeaving) throw this.#over("a change");
      if (signal?.aborted) throw aborted("a change", signal.reason);
      if (leg === undefined) throw wrongState("a change", session.state, "in a dialog");
      if (isBare) return leg;
      if (session.state === "answered" && wanted !== "UPDATE") await session.confirmed;
      else if (wanted === "INVITE" && session.state !== "confirmed") {
        throw wrongState("re-INVITE", session.state, "confirmed");
      } else if (session.reinvites.isBusy) await session.reinvites.whenIdle();
      else if (!leg.negotiation.isIdle) await leg.negotiation.whenIdle();
      else return leg;
    }
  }

  /** RFC 4916 §4.3: another From, for who has said that it may change. */
  #rename(leg: Leg, { localAddress }: ModifyOptions): void {
    if (localAddress === undefined) return;
    if (!leg.supports("from-change")) {
      throw notSupported(
        "another identity in mid-call",
        "the other side, which does not name from-change in Supported",
      );
    }
    leg.dialog.renameLocal(localAddress);
  }

  #choose(wanted: Wanted, leg: Leg): "INVITE" | "UPDATE" {
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
    return status === 500 ? busyMs(response) : undefined;
  }

  #over(what: string): Error {
    const end = this.#session.outcome;
    return sessionOver(what, end?.cause ?? "it is being ended", end?.status);
  }
}

/** §14.2, RFC 3311 §5.2: the other side is busy with a change of its own. */
function busyMs(response: SipResponse): number | undefined {
  const seconds = response.get(RetryAfter)?.seconds;
  return seconds === undefined || seconds > MOST_RETRY_AFTER_SECONDS ? undefined : seconds * 1000;
}
