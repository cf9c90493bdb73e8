/** Subscriptions to events, both sides. RFC 6665. */

import type { Emitter } from "@trapezoid/base";
import type { HeaderLine } from "../../message/build.ts";
import type { SipRequest } from "../../message/message.ts";
import type { NameAddr, Params } from "../../message/values.ts";
import type { LocalIdentity } from "../core/identity.ts";
import type { IncomingRequest, Reply } from "../request/contract.ts";
import type { SessionBody } from "../session/values.ts";

export interface SubscriptionOptions {
  /** The event package: `presence`, `dialog`, `message-summary`. */
  readonly event: string;
  /** Parameters of Event. */
  readonly eventParams?: Params;
  readonly identity?: LocalIdentity;
  /** Types that NOTIFY may carry. */
  readonly accept: readonly string[];
  /** Asked for. Default 3600. 0 fetches once (§4.4.3). */
  readonly expiresSeconds?: number;
  readonly headers?: readonly HeaderLine[];
  readonly body?: SessionBody;
  /** Decides about each NOTIFY of each notifier. A refusal goes back as it is. */
  readonly onNotify: (notification: Notification) => Reply;
  /**
   * Begin anew when the notifier ends it for `timeout`, `deactivated`, `probation` or `giveup` (§4.1.3), or has lost it, and go on trying
   * while the notifier cannot be reached. Default true.
   */
  readonly resubscribe?: boolean;
  readonly signal?: AbortSignal;
}

export interface Notification {
  readonly request: SipRequest;
  /** Of Subscription-State: `active`, `pending`, `terminated`. */
  readonly state: string;
  readonly contentType: string | undefined;
  readonly body: string;
  /** Which notifier of a forked SUBSCRIBE it is from: the tag of its dialog. */
  readonly notifier: string;
}

export type SubscriptionState = "subscribing" | "pending" | "active" | "waiting" | "ended";

export interface SubscriptionEnd {
  /** `reason` of Subscription-State, or `rejected`, `unsubscribed`, `no-notify`, `timeout`, `dialog-lost`. */
  readonly reason: string;
  readonly status: number;
  readonly error: Error | undefined;
}

export type SubscriptionEvents = {
  state: readonly [state: SubscriptionState];
  ended: readonly [end: SubscriptionEnd];
};

/** A subscription of ours, with every notifier that a forked SUBSCRIBE reached. */
export interface Subscription {
  readonly event: { readonly package: string; readonly id: string | undefined; readonly params: Params };
  readonly state: SubscriptionState;
  readonly events: Emitter<SubscriptionEvents>;
  /** Resolves at the first NOTIFY; rejects with a `SipError` when it is refused, or none comes in 64·T1 (Timer N, §4.1.2.4). */
  readonly established: Promise<void>;
  readonly ended: Promise<SubscriptionEnd>;
  refresh(expiresSeconds?: number): Promise<void>;
  /** SUBSCRIBE with Expires: 0; resolves when it is over. Never rejects. */
  close(): Promise<void>;
}

/** Somebody subscribes. It must be accepted or refused before the handler ends. */
export interface IncomingSubscribe extends IncomingRequest {
  readonly event: string;
  readonly eventParams: Params;
  /** Asked for. */
  readonly expiresSeconds: number;
  readonly subscriber: NameAddr;
  /** Types that it takes in NOTIFY; empty: the package's default. */
  readonly accept: readonly string[];
  /** 200, after which the first NOTIFY is to be sent at once (§4.2.1.2). */
  confirm(options: AcceptSubscription): NotifierSubscription;
  refuse(status: number, reason?: string, headers?: readonly HeaderLine[]): void;
}

export interface AcceptSubscription {
  /** At most what was asked for. */
  readonly expiresSeconds?: number;
  readonly state?: "active" | "pending";
  /** The body of the present state: asked for at each refresh, too (§4.2.1.2). */
  readonly current: () => SessionBody | undefined;
  /** It is over: unsubscribed, expired, or its subscriber cannot be reached. */
  readonly onEnd?: (reason: string) => void;
}

/** A subscription to us. */
export interface NotifierSubscription {
  readonly event: string;
  readonly subscriber: NameAddr;
  readonly state: "active" | "pending" | "terminated";
  /** NOTIFY with a body; `undefined`: the present state. Those that wait are replaced by later ones. */
  notify(body?: SessionBody): void;
  /** From `pending` to `active`. */
  activate(): void;
  /** The last NOTIFY, with a reason (§4.1.3): `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`, `invariant`. */
  terminate(reason: string, options?: { readonly retryAfterSeconds?: number; readonly body?: SessionBody }): void;
}
