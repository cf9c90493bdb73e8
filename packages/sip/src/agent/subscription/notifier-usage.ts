/** A subscription to us: its NOTIFYs one after the other, its refreshes, its end. RFC 6665 §4.2. */

import { CallbackTimer } from "@trapezoid/base";
import type { DialogUsage } from "../../dialog/contract.ts";
import type { Dialog } from "../../dialog/dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import { Event, SubscriptionState } from "../../message/fields/event.ts";
import { Expires } from "../../message/fields/time.ts";
import type { SipRequest } from "../../message/message.ts";
import { SubscriptionExpires, SubscriptionReason, SubscriptionRetryAfter } from "../../message/param-fields/event.ts";
import { noParams } from "../../message/params.ts";
import type { NameAddr, Params } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import { responseContact } from "../core/contact-text.ts";
import type { Environment } from "../core/environment.ts";
import { newSessionId } from "../core/identifiers.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { respond } from "../core/responder.ts";
import { sendInDialog } from "../request/dialog-request.ts";
import { SessionIdentifier } from "../session/session-id.ts";
import type { SessionBody } from "../session/values.ts";
import type { NotifierSubscription } from "./contract.ts";
import { type EventKey, eventMatches, eventOf } from "./event-key.ts";

export interface NotifierParts {
  readonly environment: Environment;
  readonly identity: LocalIdentity;
  readonly dialog: Dialog;
  /** RFC 7989: of the session that it belongs to. Default: its own. */
  readonly ids?: SessionIdentifier | undefined;
  readonly event: EventKey;
  /** Package as the subscriber wrote it. */
  readonly eventName: string;
  readonly expiresSeconds: number;
  readonly state: "active" | "pending";
  readonly current: () => SessionBody | undefined;
  readonly onEnd: (reason: string) => void;
}

export class NotifierUsage implements DialogUsage, NotifierSubscription {
  readonly kind = "subscribe";
  readonly subscriber: NameAddr;
  readonly event: string;
  readonly #parts: NotifierParts;
  readonly #ids: SessionIdentifier;
  readonly #expiry: CallbackTimer;
  readonly #ended = Promise.withResolvers<void>();
  #state: "active" | "pending" | "terminated";
  #expiresAt = 0;
  #isSending = false;
  /** What is to be sent next; a later one takes its place. */
  #next: { readonly body: SessionBody | undefined } | undefined;
  /** Parameters of the last Subscription-State. */
  #last: Params | undefined;
  #isOver = false;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#ids = parts.ids ?? new SessionIdentifier(newSessionId(parts.environment.hash));
    this.subscriber = parts.dialog.remote;
    this.event = parts.event.package;
    this.#state = parts.state;
    this.#expiry = new CallbackTimer(() => this.terminate("timeout"));
    parts.dialog.addUsage(this);
    this.#lastFor(parts.expiresSeconds);
  }

  get state(): "active" | "pending" | "terminated" {
    return this.#state;
  }

  takes(request: SipRequest): boolean {
    const event = eventOf(request);
    return request.method === "SUBSCRIBE" && event !== undefined && eventMatches(event, this.#parts.event);
  }

  get identity(): LocalIdentity {
    return this.#parts.identity;
  }

  get ids(): SessionIdentifier {
    return this.#ids;
  }

  /** §4.2.1.2, §4.2.1.4: refresh, or Expires: 0. Each is followed by a NOTIFY. */
  onRequest(transaction: ServerTransaction, request: SipRequest): void {
    const { environment, identity, dialog } = this.#parts;
    if (this.#state === "terminated") {
      respond(environment, transaction, request, 481);
      return;
    }
    dialog.refreshTarget(request);
    this.#ids.learn(request);
    const seconds = Math.min(request.get(Expires) ?? this.#parts.expiresSeconds, this.#parts.expiresSeconds);
    const contact = responseContact(identity, transaction.flow, request, dialog);
    const headers: HeaderLine[] = [this.#ids.line(), ["Expires", `${seconds}`]];
    respond(environment, transaction, request, 200, { headers, contact });
    if (seconds === 0) {
      this.terminate("timeout");
      return;
    }
    this.#lastFor(seconds);
    this.notify();
  }

  onDialogLost(): void {
    this.#over("dialog-lost");
  }

  notify(body?: SessionBody): void {
    if (this.#state === "terminated") return;
    this.#next = { body: body ?? this.#currentBody() };
    this.#sendNext();
  }

  activate(): void {
    if (this.#state !== "pending") return;
    this.#state = "active";
    this.notify();
  }

  terminate(reason: string, options: { readonly retryAfterSeconds?: number; readonly body?: SessionBody } = {}): void {
    if (this.#state === "terminated") return;
    this.#state = "terminated";
    this.#parts.environment.wheel.cancel(this.#expiry);
    const { retryAfterSeconds, body } = options;
    const params = SubscriptionReason.set(noParams, reason);
    this.#last = retryAfterSeconds === undefined ? params : SubscriptionRetryAfter.set(params, retryAfterSeconds);
    this.#next = { body: body ?? this.#currentBody() };
    this.#sendNext();
  }

  /** We go away, and may come back (§4.1.3). Resolves when the subscriber has been told, or is lost. Never rejects. */
  close(): Promise<void> {
    this.terminate("probation");
    return this.#ended.promise;
  }

  #currentBody(): SessionBody | undefined {
    try {
      return this.#parts.current();
    } catch (error) {
      this.#parts.environment.onError(error);
      return undefined;
    }
  }

  #sendNext(): void {
    const next = this.#next;
    if (next === undefined || this.#isSending || this.#isOver) return;
    this.#next = undefined;
    this.#isSending = true;
    const { environment, identity, dialog, event, eventName } = this.#parts;
    const isLast = this.#last !== undefined;
    sendInDialog(environment, dialog, identity, {
      method: "NOTIFY",
      headers: [
        this.#ids.line(),
        ["Event", Event.format({ package: eventName, params: event.params })],
        ["Subscription-State", SubscriptionState.format({ state: this.#state, params: this.#stateParams() })],
        ["Supported", environment.capabilities.supported],
        ...environment.capabilities.productLine("User-Agent"),
      ],
      body: next.body,
      sustains: true,
      // §4.2.2: nobody is there to be told.
      onUsageLost: () => this.#over("unreachable"),
    }).then(
      () => {
        this.#isSending = false;
        if (isLast) this.#over(SubscriptionReason.get(this.#last!) ?? "terminated");
        else this.#sendNext();
      },
      (error) => environment.onError(error),
    );
  }

  #stateParams(): Params {
    if (this.#last !== undefined) return this.#last;
    const leftMs = this.#expiresAt - this.#parts.environment.wheel.now();
    return SubscriptionExpires.set(noParams, Math.max(0, Math.ceil(leftMs / 1000)));
  }

  #lastFor(seconds: number): void {
    const { wheel } = this.#parts.environment;
    this.#expiresAt = wheel.now() + seconds * 1000;
    // §4.2.1.4: a fetch is over with its first NOTIFY; who refreshes late has a moment left.
    wheel.arm(this.#expiry, seconds * 1000);
  }

  #over(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#state = "terminated";
    this.#parts.environment.wheel.cancel(this.#expiry);
    this.#parts.dialog.removeUsage(this);
    this.#ended.resolve();
    try {
      this.#parts.onEnd(reason);
    } catch (error) {
      this.#parts.environment.onError(error);
    }
  }
}
