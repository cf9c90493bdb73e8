/** A subscription of ours at one notifier: its dialog, its refreshes, its end. RFC 6665 §4.1.2, §4.1.3. */

import { CallbackTimer } from "@trapezoid/base";
import type { DialogUsage } from "../../dialog/contract.ts";
import type { Dialog } from "../../dialog/dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import { SubscriptionState } from "../../message/fields/event.ts";
import { Expires } from "../../message/fields/time.ts";
import type { SipRequest } from "../../message/message.ts";
import { SubscriptionExpires, SubscriptionReason, SubscriptionRetryAfter } from "../../message/param-fields/event.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { refreshInMs } from "../core/refresh-time.ts";
import { answerLines } from "../request/answer.ts";
import type { Outcome } from "../request/client-request.ts";
import type { Reply } from "../request/contract.ts";
import { sendInDialog } from "../request/dialog-request.ts";
import { SessionIdentifier } from "../session/session-id.ts";
import type { SessionBody } from "../session/values.ts";
import type { Notification } from "./contract.ts";
import { type EventKey, eventMatches, eventOf } from "./event-key.ts";

export interface SubscriberHost {
  readonly environment: Environment;
  readonly identity: LocalIdentity;
  readonly event: EventKey;
  /** Our half of Session-ID. */
  readonly sessionId: string;
  /** Lines of each SUBSCRIBE but Expires. */
  subscribeLines(): HeaderLine[];
  body(): SessionBody | undefined;
  /** The owner's word. */
  notify(notification: Notification): Reply;
  onState(usage: SubscriberUsage): void;
  /** Over: by its notifier, by us, or by what became of a request. */
  onEnd(usage: SubscriberUsage, end: UsageEnd): void;
}

export interface UsageEnd {
  /** Of Subscription-State, or `unsubscribed`, `no-notify`, `timeout`, `dialog-lost`. */
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly status: number;
}

export class SubscriberUsage implements DialogUsage {
  readonly kind = "subscribe";
  readonly dialog: Dialog;
  /** RFC 7989 §6. */
  readonly #ids: SessionIdentifier;
  readonly #host: SubscriberHost;
  readonly #refresh: CallbackTimer;
  readonly #expiry: CallbackTimer;
  /** §4.1.2.2: 64·T1 from a SUBSCRIBE to its NOTIFY. */
  readonly #timerN: CallbackTimer;
  #expiresSeconds: number;
  #expiresAt = 0;
  #isClosing = false;
  #isEnded = false;
  state: "pending" | "active" = "pending";

  constructor(host: SubscriberHost, dialog: Dialog, expiresSeconds: number) {
    this.#host = host;
    this.#ids = new SessionIdentifier(host.sessionId);
    this.dialog = dialog;
    this.#expiresSeconds = expiresSeconds;
    this.#refresh = new CallbackTimer(() => void this.refreshNow());
    this.#expiry = new CallbackTimer(() => this.#end({ reason: "timeout", retryAfterSeconds: undefined, status: 0 }));
    this.#timerN = new CallbackTimer(() =>
      this.#end({ reason: "no-notify", retryAfterSeconds: undefined, status: 408 }),
    );
    dialog.addUsage(this);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  takes(request: SipRequest): boolean {
    const event = eventOf(request);
    return request.method === "NOTIFY" && event !== undefined && eventMatches(event, this.#host.event);
  }

  onRequest(transaction: ServerTransaction, request: SipRequest): void {
    const { environment } = this.#host;
    const state = request.get(SubscriptionState);
    // §4.1.3: it must be there.
    if (state === undefined) {
      answerLines(environment, transaction, request, {
        status: 400,
        reason: "Missing Subscription-State Header Field",
      });
      return;
    }
    environment.wheel.cancel(this.#timerN);
    this.dialog.refreshTarget(request);
    this.#ids.learn(request);
    const reply = this.#host.notify({
      request,
      state: state.state.toLowerCase(),
      contentType: request.header("Content-Type"),
      body: request.body,
      notifier: this.dialog.remoteTag,
    });
    answerLines(environment, transaction, request, reply ?? { status: 200 }, [this.#ids.line()]);
    if (state.state.toLowerCase() === "terminated") {
      const reason = this.#isClosing ? "unsubscribed" : SubscriptionReason.get(state.params);
      this.#end({ reason, retryAfterSeconds: SubscriptionRetryAfter.get(state.params), status: 0 });
      return;
    }
    this.state = state.state.toLowerCase() === "active" ? "active" : "pending";
    // §4.1.3: the notifier knows how long.
    if (!this.#isClosing) this.#lastFor(SubscriptionExpires.get(state.params) ?? this.#expiresSeconds);
    this.#host.onState(this);
  }

  onDialogLost(status: number): void {
    this.#end({ reason: "dialog-lost", retryAfterSeconds: undefined, status });
  }

  /** §4.1.2.2. The result is undefined where there is nothing to refresh. */
  async refresh(expiresSeconds: number): Promise<Outcome | undefined> {
    if (this.#isEnded || this.#isClosing) return undefined;
    return this.#subscribe(expiresSeconds);
  }

  get identity(): LocalIdentity {
    return this.#host.identity;
  }

  /** As long again as it has been. */
  refreshNow(): Promise<Outcome | undefined> {
    return this.refresh(this.#expiresSeconds);
  }

  /** §4.1.2.3: Expires: 0; the last NOTIFY ends it, or Timer N. */
  async close(): Promise<void> {
    if (this.#isEnded || this.#isClosing) return;
    this.#isClosing = true;
    this.#stopTimers();
    const outcome = await this.#subscribe(0);
    if (outcome.status >= 300)
      this.#end({ reason: "unsubscribed", retryAfterSeconds: undefined, status: outcome.status });
  }

  async #subscribe(expiresSeconds: number): Promise<Outcome> {
    const { environment, identity } = this.#host;
    const { wheel, transactions } = environment;
    wheel.arm(this.#timerN, 64 * transactions.timers.t1);
    const outcome = await sendInDialog(environment, this.dialog, identity, {
      method: "SUBSCRIBE",
      headers: [this.#ids.line(), ...this.#host.subscribeLines(), ["Expires", `${expiresSeconds}`]],
      body: this.#host.body(),
      sustains: true,
      onUsageLost: (status) => {
        // §4.1.2.2: of what ends a session, a time-out alone leaves a subscription as it was.
        if (status !== 408) this.#end({ reason: "dialog-lost", retryAfterSeconds: undefined, status });
      },
    });
    if (this.#isEnded) return outcome;
    if (outcome.status < 300 && outcome.response !== undefined) {
      // RFC 5839 §4.3: 204 announces that no NOTIFY follows.
      if (outcome.status === 204) wheel.cancel(this.#timerN);
      if (!this.#isClosing) this.#lastFor(outcome.response.get(Expires) ?? expiresSeconds);
    } else {
      // §4.1.2.2: any other failure leaves the subscription as it was, until it expires.
      wheel.cancel(this.#timerN);
      if (!this.#isClosing) this.#tryAgain();
    }
    return outcome;
  }

  #lastFor(seconds: number): void {
    const { wheel } = this.#host.environment;
    this.#expiresSeconds = seconds;
    this.#expiresAt = wheel.now() + seconds * 1000;
    wheel.arm(this.#expiry, seconds * 1000);
    wheel.arm(this.#refresh, refreshInMs(seconds));
  }

  #tryAgain(): void {
    const { wheel } = this.#host.environment;
    const leftMs = this.#expiresAt - wheel.now();
    if (leftMs > 2_000) wheel.arm(this.#refresh, leftMs / 2);
  }

  #stopTimers(): void {
    const { wheel } = this.#host.environment;
    wheel.cancel(this.#refresh);
    wheel.cancel(this.#expiry);
    wheel.cancel(this.#timerN);
  }

  #end(end: UsageEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stopTimers();
    this.dialog.removeUsage(this);
    this.#host.onEnd(this, end);
  }
}
