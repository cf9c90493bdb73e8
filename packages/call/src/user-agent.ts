/** A user agent: registers, calls, is called. RFC 3261 §8, §10, §13. */

import { type Clock, Emitter, type TimerWheel } from "@trapezoid/base";
import {
  createUserAgentCore,
  type IncomingSession,
  type InviteSession,
  type Publication,
  type PublicationOptions,
  type RegistrationClient,
  type RegistrationOptions,
  type RequestOptions,
  type RequestResult,
  type SessionHandlers,
  type Subscription,
  type SubscriptionOptions,
  type UserAgentCore,
  type UserAgentOptions,
} from "@trapezoid/sip/agent";
import {
  Contact,
  ContentType,
  getParam,
  isIpAddress,
  isSipUri,
  type NameAddr,
  parseNameAddr,
  parseUri,
  type Uri,
  unbracket,
  userOf,
  utf8Decode,
  utf8Encode,
} from "@trapezoid/sip/message";
import type { TransportHandler } from "@trapezoid/sip/transport";
import type { CallHouse } from "./call-house.ts";
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
import { CallError, userAgentClosed } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { ReceivedCall } from "./incoming-call.ts";
import type { CallMedia, MediaPort, MediaProfile } from "./media-port.ts";
import { DialledCall } from "./outgoing-call.ts";

/** What the platform gives: the SIP stack's ports, and media. */
export interface UserAgentParts
  extends Pick<UserAgentOptions, "transport" | "locator" | "hash" | "timers" | "transactions" | "isTrusted"> {
  readonly wheel: TimerWheel;
  readonly clock: Clock;
  readonly media: MediaPort;
  /** RFC 5626 §4.1. */
  readonly instanceId?: string;
  /** Gives the transport its handler. */
  connect(handler: TransportHandler): void;
  /** Lets go of what belongs to the user agent below. Never rejects. */
  release?(): Promise<void>;
}

const defaults = { maxCalls: 1_000, maxWaitingDigits: 64, sessionSeconds: 1_800 } as const;

/** A user agent on given parts. `@trapezoid/call/node` and `@trapezoid/call/browser` bring the parts along. */
export function createUserAgent(settings: UserAgentSettings, parts: UserAgentParts): UserAgent & CallHouse {
  return new JoinedUserAgent(settings, parts);
}

class JoinedUserAgent implements UserAgent, CallHouse {
  readonly events: Emitter<UserAgentEvents> = new Emitter();
  readonly calls = new Set<Call>();
  readonly core: UserAgentCore;
  readonly clock: Clock;
  readonly maxWaitingDigits: number;
  readonly onError: (error: unknown) => void;
  registration: RegistrationClient | undefined;
  readonly #settings: UserAgentSettings;
  readonly #parts: UserAgentParts;
  readonly #bySession = new WeakMap<InviteSession, Call>();
  readonly #incoming: Inbox<IncomingCall>;
  #closing: Promise<void> | undefined;

  constructor(settings: UserAgentSettings, parts: UserAgentParts) {
    const { maxCalls = defaults.maxCalls, maxWaitingDigits = defaults.maxWaitingDigits } = settings;
    this.#settings = settings;
    this.#parts = parts;
    this.clock = parts.clock;
    this.maxWaitingDigits = maxWaitingDigits;
    this.onError = settings.onError ?? throwLater;
    this.#incoming = new Inbox(maxCalls, (call) => call.reject(486));
    this.core = createUserAgentCore({
      ...corePartsOf(parts),
      ...coreSettingsOf(settings, maxCalls),
      identity: identityOf(settings, parts.instanceId),
      handlers: {
        onInvite: (session) => this.#onInvite(session),
        onMessage: ({ request }) => {
          const type = request.get(ContentType);
          return this.#onMessage({
            from: request.from ?? this.core.identity.address,
            contentType: type === undefined ? "text/plain" : `${type.type}/${type.subtype}`.toLowerCase(),
            text: utf8Decode(request.body),
          });
        },
      },
      // What media cannot do is told by the call.
      onError: (error) => {
        if (!(error instanceof CallError)) this.onError(error);
      },
    });
    parts.connect(this.core.transportHandler);
  }

  get address(): NameAddr {
    return this.core.identity.address;
  }

  async register(options: RegistrationOptions & { readonly signal?: AbortSignal } = {}): Promise<RegistrationClient> {
    this.#mustBeOpen();
    await this.unregister();
    const { signal, ...rest } = options;
    const registration = this.core.register(rest);
    this.registration = registration;
    registration.events.on("registered", () => this.events.emit("registered", registration));
    registration.events.on("failed", (error, retryInMs) => this.events.emit("registrationFailed", error, retryInMs));
    await registration.start(signal);
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
    return new DialledCall(this, this.openMedia(towards, options.media), this.core, target, options);
  }

  incoming({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<IncomingCall> {
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

  callOf(session: InviteSession | undefined): Call | undefined {
    return session === undefined ? undefined : this.#bySession.get(session);
  }

  added(call: Call): void {
    this.calls.add(call);
    this.#bySession.set(call.session, call);
  }

  removed(call: Call): void {
    this.calls.delete(call);
  }

  #onInvite(session: IncomingSession): SessionHandlers | { readonly status: number } {
    const isContinuation = this.callOf(session.replaces)?.state === "active";
    const isHeard = this.events.listenerCount("call") > 0 || this.#incoming.iterations > 0;
    if (!isContinuation && !isHeard) return { status: 480 };
    const call = new ReceivedCall(this, this.openMedia(contactHost(session), undefined), session);
    // RFC 3891 §3: it takes the place of a call that somebody has answered already.
    if (isContinuation) call.answer().catch(() => {});
    else {
      // The session takes our handlers when this has returned.
      queueMicrotask(() => {
        this.events.emit("call", call);
        if (this.#incoming.iterations > 0) this.#incoming.put(call);
      });
    }
    return call.handlers;
  }

  #onMessage(message: ReceivedMessage): ReturnType<NonNullable<UserAgentSettings["onMessage"]>> | { status: number } {
    const isHeard = this.events.listenerCount("message") > 0;
    if (isHeard) this.events.emit("message", message);
    const { onMessage } = this.#settings;
    if (onMessage !== undefined) return onMessage(message);
    return isHeard ? undefined : { status: 480 };
  }

  async #close({ graceMs = 2_000 }: { readonly graceMs?: number }): Promise<void> {
    const calls = [...this.calls];
    this.#incoming.close();
    this.registration = undefined;
    await this.core.close({ graceMs });
    // What is left of them: their media.
    await Promise.all(calls.map((call) => call.ended));
    await this.#parts.release?.();
    this.events.removeAll();
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw userAgentClosed();
  }
}

function corePartsOf({
  transport,
  locator,
  hash,
  wheel,
  timers,
  transactions,
  isTrusted,
}: UserAgentParts): Pick<
  UserAgentOptions,
  "transport" | "locator" | "hash" | "wheel" | "timers" | "transactions" | "isTrusted"
> {
  return {
    transport,
    locator,
    hash,
    wheel,
    ...(timers === undefined ? {} : { timers }),
    ...(transactions === undefined ? {} : { transactions }),
    ...(isTrusted === undefined ? {} : { isTrusted }),
  };
}

function coreSettingsOf(settings: UserAgentSettings, maxCalls: number): Partial<UserAgentOptions> {
  const { product, sessionSeconds = defaults.sessionSeconds, reliableProvisional } = settings;
  return {
    limits: { sessions: maxCalls },
    sessionTimer: { expiresSeconds: sessionSeconds },
    ...(product === undefined ? {} : { product }),
    ...(reliableProvisional === undefined ? {} : { reliableProvisional }),
  };
}

function identityOf(settings: UserAgentSettings, instanceId: string | undefined): UserAgentOptions["identity"] {
  const address = parseNameAddr(settings.address);
  if (!address.ok) throw new TypeError(`not an address: ${JSON.stringify(settings.address)}: ${address.error.message}`);
  const { password, user = userOf(address.value) ?? "", proxy } = settings;
  return {
    address: address.value,
    ...(password === undefined ? {} : { account: { user, password } }),
    ...(proxy === undefined ? {} : { route: [proxy] }),
    ...(instanceId === undefined ? {} : { instanceId }),
  };
}

/** Where the caller is, if its Contact says so by an address. */
function contactHost({ invite }: IncomingSession): string | undefined {
  const [contact] = invite.getAll(Contact);
  const host = contact === undefined || contact === "*" ? undefined : hostOf(contact.uri);
  return host !== undefined && isIpAddress(host) ? host : undefined;
}

/** The host that a request goes to first, where its URI says so. */
function hostOf(target: string | Uri): string | undefined {
  const uri = typeof target === "string" ? parseUri(target) : undefined;
  const parsed = uri === undefined ? (target as Uri) : uri.ok ? uri.value : undefined;
  if (parsed === undefined || !isSipUri(parsed)) return undefined;
  return unbracket(getParam(parsed.params, "maddr") ?? parsed.host);
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
