/** A subscription of ours, over every notifier and every renewal. RFC 6665 §4.1, §4.4.1. */

import { CallbackTimer, Emitter } from "@trapezoid/base";
import { contactOf, dialogOfRequest } from "../../dialog/create-dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import { Contact } from "../../message/fields/address.ts";
import { Event } from "../../message/fields/event.ts";
import { Expires, MinExpires } from "../../message/fields/time.ts";
import type { SipRequest, SipResponse } from "../../message/message.ts";
import { EventId } from "../../message/param-fields/event.ts";
import { noParams } from "../../message/params.ts";
import type { Uri } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import { handled } from "../core/handled.ts";
import { newCallId, newSessionId } from "../core/identifiers.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { mayPass, retryInMs } from "../core/passing-failures.ts";
import { requestRefused, SipError } from "../errors.ts";
import type { Reply } from "../request/contract.ts";
import { errorOf } from "../request/dialog-request.ts";
import { sendOutside } from "../request/outside-request.ts";
import { sessionIdLine } from "../session/session-id.ts";
import type { SessionBody } from "../session/values.ts";
import type {
  Notification,
  Subscription,
  SubscriptionEnd,
  SubscriptionEvents,
  SubscriptionOptions,
  SubscriptionState,
} from "./contract.ts";
import { afterEnd } from "./end-reasons.ts";
import { type EventKey, eventMatches, eventOf } from "./event-key.ts";
import { type SubscriberHost, SubscriberUsage, type UsageEnd } from "./subscriber-usage.ts";
import type { WaitingSubscriber, WaitingSubscribers } from "./waiting-subscribers.ts";

export class ClientSubscription implements Subscription, SubscriberHost, WaitingSubscriber {
  readonly environment: Environment;
  readonly identity: LocalIdentity;
  readonly event: EventKey;
  readonly sessionId: string;
  readonly events = new Emitter<SubscriptionEvents>();
  readonly established: Promise<void>;
  readonly ended: Promise<SubscriptionEnd>;
  readonly #target: Uri;
  readonly #options: SubscriptionOptions;
  readonly #waiting: WaitingSubscribers;
  readonly #onOver: () => void;
  readonly #timerN: CallbackTimer;
  readonly #again: CallbackTimer;
  readonly #usages = new Set<SubscriberUsage>();
  readonly #abort = new AbortController();
  /** In a row. */
  #failures = 0;
  #wasEstablished = false;
  #registration: Disposable | undefined;
  #callId = "";
  #localTag = "";
  #sequence = 0;
  /** Contact of the 2xx. */
  #answeredBy: Uri | undefined;
  #expiresSeconds: number;
  #state: SubscriptionState = "subscribing";
  #isClosing = false;
  #resolveEstablished!: () => void;
  #rejectEstablished!: (error: Error) => void;
  #resolveEnded!: (end: SubscriptionEnd) => void;

  /** @param onOver It has ended and is forgotten. */
  constructor(
    environment: Environment,
    identity: LocalIdentity,
    target: Uri,
    options: SubscriptionOptions,
    waiting: WaitingSubscribers,
    onOver: () => void,
  ) {
    this.environment = environment;
    this.identity = identity;
    this.#target = target;
    this.#options = options;
    this.#waiting = waiting;
    this.#onOver = onOver;
    this.#expiresSeconds = options.expiresSeconds ?? 3_600;
    this.sessionId = newSessionId(environment.hash);
    const params = options.eventParams ?? noParams;
    this.event = { package: options.event.toLowerCase(), id: EventId.get(params), params };
    this.#timerN = new CallbackTimer(() => this.#onTimerN());
    this.#again = new CallbackTimer(() => void this.#subscribe());
    this.established = handled(
      new Promise((resolve, reject) => {
        this.#resolveEstablished = resolve;
        this.#rejectEstablished = reject;
      }),
    );
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    options.signal?.addEventListener("abort", () => void this.close(), { once: true, signal: this.#abort.signal });
  }

  get state(): SubscriptionState {
    return this.#state;
  }

  start(): void {
    if (this.#options.signal?.aborted) void this.close();
    else void this.#subscribe();
  }

  async refresh(expiresSeconds = this.#expiresSeconds): Promise<void> {
    for (const usage of this.#usages) {
      const outcome = await usage.refresh(expiresSeconds);
      if (outcome !== undefined && outcome.status >= 300) throw errorOf("SUBSCRIBE", outcome);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosing || this.#state === "ended") {
      await this.ended;
      return;
    }
    this.#isClosing = true;
    if (this.#usages.size === 0) this.#end({ reason: "unsubscribed", status: 0, error: undefined });
    else await Promise.all([...this.#usages].map((usage) => usage.close()));
    await this.ended;
  }

  subscribeLines(): HeaderLine[] {
    const { accept, headers = [] } = this.#options;
    const { capabilities } = this.environment;
    return [
      ["Event", Event.format({ package: this.#options.event, params: this.event.params })],
      ["Accept", accept.join(", ")],
      ...capabilities.eventLine(),
      ["Allow", capabilities.allow],
      ["Supported", capabilities.supported],
      ...capabilities.productLine("User-Agent"),
      ...headers,
    ];
  }

  body(): SessionBody | undefined {
    return this.#options.body;
  }

  notify(notification: Notification): Reply {
    try {
      return this.#options.onNotify(notification);
    } catch (error) {
      this.environment.counters.handlerErrors++;
      this.environment.onError(error);
      return { status: 500 };
    }
  }

  onState(): void {
    const states = [...this.#usages].map(({ state }) => state);
    this.#failures = 0;
    this.#wasEstablished = true;
    this.#enter(states.includes("active") ? "active" : "pending");
    this.#resolveEstablished();
  }

  onEnd(usage: SubscriberUsage, end: UsageEnd): void {
    this.#usages.delete(usage);
    if (this.#usages.size > 0 || this.#state === "ended") return;
    this.#resolveEstablished();
    const { reason, retryAfterSeconds, status } = end;
    // §4.1.3, §4.1.2.2: a subscription that was lost is begun anew, with a new Call-ID.
    const next = afterEnd(reason, retryAfterSeconds);
    if (this.#wantsMore && next.kind === "again") {
      this.#waitFor(next.afterMs);
      return;
    }
    const error = status >= 300 ? requestRefused("SUBSCRIBE", status, reason ?? "", undefined) : undefined;
    this.#end({ reason: reason ?? "unsubscribed", status, error });
  }

  /** §4.4.1: the NOTIFY makes the dialog, each one of another notifier another. */
  receiveFirst(transaction: ServerTransaction, request: SipRequest): boolean {
    const event = eventOf(request);
    if (event === undefined || !eventMatches(event, this.event)) return false;
    // §4.4.1 demands a Contact. Linphone 5 sends none: then it is where the 2xx said, or where we subscribed.
    const otherwise = this.#answeredBy ?? this.#target;
    const parts = dialogOfRequest(request, this.#localTag, transaction.flow, "confirmed", otherwise);
    if (parts === undefined) return false;
    const flow = this.identity.owns(transaction.flow) ? transaction.flow : undefined;
    const dialog = this.environment.dialogs.add({ ...parts, isCaller: true, localSequence: this.#sequence, flow });
    const usage = new SubscriberUsage(this, dialog, this.#expiresSeconds);
    this.#usages.add(usage);
    usage.onRequest(transaction, request);
    return true;
  }

  async #subscribe(): Promise<void> {
    if (this.#isClosing || this.#state === "ended") return;
    const { environment } = this;
    const { hash, transactions, wheel } = environment;
    this.#enter("subscribing");
    this.#forgetWaiting();
    this.#callId = newCallId(hash);
    this.#localTag = transactions.newTag();
    this.#sequence = 0;
    this.#answeredBy = undefined;
    this.#registration = this.#waiting.add(this.#callId, this.#localTag, this);
    wheel.arm(this.#timerN, 64 * transactions.timers.t1);
    for (;;) {
      const outcome = await sendOutside(environment, {
        method: "SUBSCRIBE",
        target: this.#target,
        identity: this.identity,
        options: {},
        callId: this.#callId,
        localTag: this.#localTag,
        headers: [
          sessionIdLine(this.sessionId, undefined),
          ...this.subscribeLines(),
          ["Expires", `${this.#expiresSeconds}`],
        ],
        body: this.#options.body,
        nextSequence: () => ++this.#sequence,
      });
      if (this.#state !== "subscribing" || this.#isClosing) return;
      const { status, response } = outcome;
      if (status < 300) {
        this.#expiresSeconds = response?.get(Expires) ?? this.#expiresSeconds;
        this.#answeredBy = contactOf(response?.get(Contact));
        return;
      }
      const least = status === 423 ? response?.get(MinExpires) : undefined;
      // §4.1.2.1, §4.2.1.1: the notifier wants less of them.
      if (least !== undefined && least > this.#expiresSeconds) {
        this.#expiresSeconds = least;
        continue;
      }
      this.#onFailure({ reason: "rejected", status, error: errorOf("SUBSCRIBE", outcome) }, response);
      return;
    }
  }

  get #wantsMore(): boolean {
    const { resubscribe, expiresSeconds } = this.#options;
    return !this.#isClosing && resubscribe !== false && expiresSeconds !== 0;
  }

  /** What was there once is asked for again, as long as its notifier may come back. */
  #onFailure(end: SubscriptionEnd, response: SipResponse | undefined): void {
    if (this.#wasEstablished && this.#wantsMore && mayPass(end.status)) {
      this.#waitFor(retryInMs(this.#failures++, response));
    } else this.#end(end);
  }

  #waitFor(ms: number): void {
    this.#enter("waiting");
    this.#forgetWaiting();
    this.environment.wheel.arm(this.#again, ms);
  }

  #onTimerN(): void {
    // §4.1.2.4: from now on a NOTIFY of yet another notifier comes too late.
    if (this.#usages.size > 0) {
      this.#forgetWaiting();
      return;
    }
    const text = "no NOTIFY came for the SUBSCRIBE: check that the notifier can reach this address";
    const error = new SipError("SIP_UA_NO_NOTIFY", text, { status: 408, reason: "Request Timeout" });
    this.#onFailure({ reason: "no-notify", status: 408, error }, undefined);
  }

  #enter(state: SubscriptionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.events.emit("state", state);
  }

  #forgetWaiting(): void {
    this.environment.wheel.cancel(this.#timerN);
    this.environment.wheel.cancel(this.#again);
    this.#registration?.[Symbol.dispose]();
    this.#registration = undefined;
  }

  #end(end: SubscriptionEnd): void {
    if (this.#state === "ended") return;
    this.#enter("ended");
    this.#forgetWaiting();
    this.#abort.abort();
    this.#rejectEstablished(end.error ?? requestRefused("SUBSCRIBE", end.status, end.reason, undefined));
    this.#resolveEnded(end);
    this.events.emit("ended", end);
    this.#onOver();
  }
}
