/** A user agent: registers, calls, is called. RFC 3261 §8, §10, §13. */

import { type Clock, Emitter } from "@trapezoid/base";
import {
  createUserAgentCore,
  type IncomingSession,
  type InviteSession,
  type Publication,
  type PublicationOptions,
  type RegistrationClient,
  type RegistrationOptions,
  type Reply,
  type RequestOptions,
  type RequestResult,
  type SessionHandlers,
  type Subscription,
  type SubscriptionOptions,
  type UserAgentCore,
} from "@trapezoid/sip/agent";
import {
  ContentType,
  formatUri,
  type NameAddr,
  type SipRequest,
  type Uri,
  utf8Decode,
  utf8Encode,
} from "@trapezoid/sip/message";
import type { CallHouse, HousedCall } from "./call-house.ts";
import type {
  Call,
  CallOptions,
  IncomingCall,
  OutgoingCall,
  ReceivedMessage,
  TransferRequest,
  UserAgent,
  UserAgentEvents,
  UserAgentSettings,
} from "./contract.ts";
import { corePartsOf, coreSettingsOf, identityOf } from "./core-options.ts";
import { operationAborted, userAgentClosed } from "./errors.ts";
import { contactHost, hostOf } from "./hosts.ts";
import { Inbox } from "./inbox.ts";
import { ReceivedCall } from "./incoming-call.ts";
import type { CallMedia, MediaProfile } from "./media-port.ts";
import { DialledCall } from "./outgoing-call.ts";
import { serveCall } from "./serve-call.ts";
import type { UserAgentParts } from "./user-agent-parts.ts";

const defaults = { maxCalls: 1_000, maxWaitingDigits: 64, maxWaitingSeconds: 300 } as const;

/** A user agent on given parts. `@trapezoid/call/node` and `@trapezoid/call/browser` bring the parts along. */
export function createUserAgent(settings: UserAgentSettings, parts: UserAgentParts): UserAgent & CallHouse {
  return new JoinedUserAgent(settings, parts);
}

class JoinedUserAgent implements UserAgent, CallHouse {
  readonly events: Emitter<UserAgentEvents>;
  readonly calls = new Set<Call>();
  readonly core: UserAgentCore;
  readonly clock: Clock;
  readonly maxWaitingDigits: number;
  readonly maxWaitingSeconds: number;
  readonly onError: (error: unknown) => void;
  registration: RegistrationClient | undefined;
  readonly #settings: UserAgentSettings;
  readonly #parts: UserAgentParts;
  readonly #bySession = new WeakMap<InviteSession, HousedCall>();
  readonly #incoming: Inbox<IncomingCall>;
  #closing: Promise<void> | undefined;

  constructor(settings: UserAgentSettings, parts: UserAgentParts) {
    const { maxCalls = defaults.maxCalls, maxWaitingDigits = defaults.maxWaitingDigits, notifies } = settings;
    this.#settings = settings;
    this.#parts = parts;
    this.clock = parts.clock;
    this.maxWaitingDigits = maxWaitingDigits;
    this.maxWaitingSeconds = settings.maxWaitingSeconds ?? defaults.maxWaitingSeconds;
    this.onError = settings.onError ?? throwLater;
    this.events = new Emitter(this.onError);
    this.#incoming = new Inbox({ limit: maxCalls, onForgotten: (call) => call.reject(480), forgetsUnread: true });
    this.core = createUserAgentCore({
      ...corePartsOf(parts),
      ...coreSettingsOf(settings, maxCalls),
      identity: identityOf(settings, parts.instanceId),
      handlers: {
        onInvite: (session) => this.#onInvite(session),
        onMessage: ({ request }) => this.#onMessage(request),
        ...(notifies === undefined ? {} : { onSubscribe: (subscribe) => notifies.onSubscribe(subscribe) }),
      },
      onError: this.onError,
    });
    parts.connect(this.core.transportHandler);
  }

  get address(): NameAddr {
    return this.core.identity.address;
  }

  async register(options: RegistrationOptions & { readonly signal?: AbortSignal } = {}): Promise<RegistrationClient> {
    this.#mustBeOpen();
    const { signal, ...rest } = options;
    const registration = this.core.register(rest);
    const before = this.registration;
    this.registration = registration;
    registration.events.on("registered", () => this.events.emit("registered", registration));
    registration.events.on("failed", (error, retryInMs) => this.events.emit("registrationFailed", error, retryInMs));
    await before?.close();
    try {
      // Somebody may have registered anew, or unregistered, while the one before was taken back.
      if (this.registration !== registration) throw operationAborted("the registration", undefined);
      await registration.start(signal);
    } catch (error) {
      // What has failed is over; nothing goes on that nobody knows of.
      if (this.registration === registration) this.registration = undefined;
      void registration.close();
      throw error;
    }
    return registration;
  }

  async unregister(): Promise<void> {
    const { registration } = this;
    this.registration = undefined;
    await registration?.close();
  }

  async call(target: string | Uri, options: CallOptions = {}): Promise<OutgoingCall> {
    const call = this.dial(target, options);
    await call.answered;
    return call;
  }

  dial(target: string | Uri, options: CallOptions = {}): OutgoingCall {
    this.#mustBeOpen();
    const towards = hostOf(this.#settings.proxy ?? target);
    const parts = { towards, profile: options.media, wantsVideo: options.video ?? false };
    return new DialledCall(this, parts, this.core, target, options);
  }

  incoming({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<IncomingCall> {
    this.#mustBeOpen();
    return this.#incoming.read(signal);
  }

  message(
    target: string | Uri,
    text: string,
    { contentType = "text/plain;charset=utf-8", ...options }: RequestOptions & { readonly contentType?: string } = {},
  ): Promise<RequestResult> {
    this.#mustBeOpen();
    return this.core.message(target, { contentType, body: utf8Encode(text) }, options);
  }

  subscribe(target: string | Uri, options: SubscriptionOptions): Subscription {
    this.#mustBeOpen();
    return this.core.subscribe(target, options);
  }

  publish(target: string | Uri, options: PublicationOptions): Publication {
    this.#mustBeOpen();
    return this.core.publish(target, options);
  }

  options(target: string | Uri, options: RequestOptions = {}): Promise<RequestResult> {
    this.#mustBeOpen();
    return this.core.options(target, options);
  }

  close(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  openMedia(towards: string | undefined, profile: MediaProfile | undefined): CallMedia {
    return this.#parts.media.open({ towards, profile: { ...this.#settings.media, ...profile } });
  }

  mayTransfer(request: TransferRequest): boolean | Promise<boolean> {
    const { onTransfer = "refuse" } = this.#settings;
    return typeof onTransfer === "function" ? onTransfer(request) : onTransfer === "follow";
  }

  callOf(session: InviteSession | undefined): HousedCall | undefined {
    return session === undefined ? undefined : this.#bySession.get(session);
  }

  added(call: HousedCall): void {
    this.calls.add(call);
    this.#bySession.set(call.session, call);
  }

  removed(call: Call): void {
    this.calls.delete(call);
  }

  #onInvite(session: IncomingSession): SessionHandlers | { readonly status: number } {
    const replaced = this.callOf(session.replaces);
    const isContinuation = mayTakeThePlaceOf(replaced);
    const isHeard =
      this.#settings.onCall !== undefined || this.events.listenerCount("call") > 0 || this.#incoming.iterations > 0;
    if (this.#closing !== undefined || (!isContinuation && !isHeard)) return { status: 480 };
    const call = new ReceivedCall(this, session, {
      towards: contactHost(session),
      // What had to be encrypted stays so.
      profile: replaced?.profile,
      wantsVideo: replaced?.media?.video !== undefined,
    });
    // RFC 3891 §3: it takes the place of a call that somebody has answered, or made, already.
    if (isContinuation) call.answer().catch(() => {});
    // The session takes our handlers when this has returned.
    else queueMicrotask(() => this.#deliver(call));
    return call.handlers;
  }

  #deliver(call: IncomingCall): void {
    const { onCall } = this.#settings;
    this.events.emit("call", call);
    if (this.#incoming.iterations > 0) this.#putIncoming(call);
    if (onCall === undefined) return;
    const { onError } = this.#settings;
    const onFailure = onError ?? ((error: Error) => this.#warn(call, error));
    void serveCall(call, onCall, { onError: this.onError, onFailure });
  }

  #warn({ remote }: IncomingCall, { message }: Error): void {
    // It does not, now.
    const why = message.replace(/; the call goes on.*$/s, "");
    this.#parts.warn?.(
      `the call from ${formatUri(remote.uri)} was hung up, because onCall came to nothing: ${why} (onError takes such failures)`,
    );
  }

  /** Who gave up while nobody took the call is no longer there to be taken. */
  #putIncoming(call: IncomingCall): void {
    this.#incoming.put(call);
    void call.ended.then(() => this.#incoming.remove(call));
  }

  #onMessage(request: SipRequest): Reply | Promise<Reply> {
    const type = request.get(ContentType);
    const message: ReceivedMessage = {
      from: request.from ?? this.address,
      contentType: type === undefined ? "text/plain" : `${type.type}/${type.subtype}`.toLowerCase(),
      text: utf8Decode(request.body),
    };
    const isHeard = this.events.listenerCount("message") > 0;
    if (isHeard) this.events.emit("message", message);
    const { onMessage } = this.#settings;
    if (onMessage !== undefined) return onMessage(message);
    return isHeard ? undefined : { status: 480 };
  }

  async #close({ graceMs = 2_000 }: { readonly graceMs?: number }): Promise<void> {
    this.#incoming.close();
    this.registration = undefined;
    await this.core.close({ graceMs });
    // What is left of them: their media.
    await Promise.all([...this.calls].map((call) => call.ended));
    await this.#parts.release?.();
    this.events.removeAll();
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw userAgentClosed();
  }
}

/** An active call, or one of ours that still rings: who is in it has decided to talk. */
function mayTakeThePlaceOf(call: Call | undefined): boolean {
  return call !== undefined && (call.state === "active" || call.direction === "outgoing");
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
