/** The core of a user agent: what its owner asks of it. RFC 3261 §8. */

import type { Clock } from "@trapezoid/base";
import { DialogTable } from "../../dialog/dialog-table.ts";
import { DatagramOnly } from "../../locate/datagram-only.ts";
import { formatUri } from "../../message/uri.ts";
import type { Uri } from "../../message/values.ts";
import type { TransactionLayer, TransactionUser } from "../../transaction/contract.ts";
import { createTransactionLayer } from "../../transaction/layer.ts";
import { responseFlows } from "../../transaction/response-flows.ts";
import type { TransportHandler } from "../../transport/contract.ts";
import type {
  AgentCounters,
  InviteOptions,
  OutsideReferOptions,
  RequestOptions,
  UserAgentCore,
  UserAgentOptions,
} from "../contract.ts";
import { closed } from "../errors.ts";
import { ClientPublication } from "../publication/client-publication.ts";
import type { Publication, PublicationOptions } from "../publication/contract.ts";
import type { OutgoingRefer } from "../refer/contract.ts";
import { referOutside } from "../refer/refers.ts";
import { Registration } from "../registration/client.ts";
import type { RegistrationClient, RegistrationOptions } from "../registration/contract.ts";
import { KeepAliveAnswers } from "../registration/keep-alive-answers.ts";
import type { RequestResult } from "../request/contract.ts";
import { errorOf } from "../request/dialog-request.ts";
import { sendOutside } from "../request/outside-request.ts";
import type { BaseSession } from "../session/base-session.ts";
import type { OutgoingSession } from "../session/contract.ts";
import { OutgoingCall } from "../session/outgoing-session.ts";
import { sessionIdLine } from "../session/session-id.ts";
import type { SessionBody } from "../session/values.ts";
import { ClientSubscription } from "../subscription/client-subscription.ts";
import type { Subscription, SubscriptionOptions } from "../subscription/contract.ts";
import { NotifierUsage } from "../subscription/notifier-usage.ts";
import { WaitingSubscribers } from "../subscription/waiting-subscribers.ts";
import { DigestPaths } from "./digest-paths.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Environment } from "./environment.ts";
import { handled } from "./handled.ts";
import { newCallId, newSessionId } from "./identifiers.ts";
import { type IdentityOptions, LocalIdentity } from "./identity.ts";
import { retarget } from "./retarget.ts";
import { capabilitiesOf, defaultLimits, defaultSessionTimer, zeroCounters } from "./settings.ts";
import { toUri } from "./target.ts";
import { Turns } from "./turns.ts";

/** Nothing is sent before something is asked of it. Give `core.transportHandler` to the transport. */
export function createUserAgentCore(options: UserAgentOptions): UserAgentCore {
  return new UserAgent(options);
}

class UserAgent implements UserAgentCore {
  readonly user: TransactionUser;
  readonly transactions: TransactionLayer;
  readonly transportHandler: TransportHandler;
  readonly dialogs = new DialogTable();
  readonly sessions = new Set<BaseSession>();
  readonly identity: LocalIdentity;
  readonly counters: AgentCounters = zeroCounters();
  readonly clock: Clock;
  readonly #environment: Environment;
  readonly #waiting = new WaitingSubscribers();
  readonly #subscriptions = new Set<ClientSubscription>();
  readonly #publications = new Set<ClientPublication>();
  readonly #registrations = new Set<Registration>();
  readonly #dispatcher: Dispatcher;
  readonly #ownsTransactions: boolean;
  readonly #followsAddress: boolean;
  #isClosed = false;

  constructor(options: UserAgentOptions) {
    const { transport, locator, wheel, hash, transactions, workerId = 0, timers } = options;
    this.clock = wheel.clock;
    this.identity = new LocalIdentity(options.identity);
    const onError = options.onError ?? throwLater;
    const isTrusted = options.isTrusted ?? (() => false);
    const limits = { ...defaultLimits, ...options.limits };
    this.#ownsTransactions = transactions === undefined;
    this.#followsAddress = options.followAddress ?? true;
    const user: TransactionUser = {
      onRequest: (transaction) => this.#dispatcher.onRequest(transaction),
      onAck: (request, flow) => this.#dispatcher.onAck(request, flow),
      onCancel: (cancel, invite) => this.#dispatcher.onCancel(cancel, invite),
      onStrayResponse: () => {},
      onServerTransactionTerminated: (transaction) => this.#dispatcher.onTerminated(transaction),
    };
    this.user = user;
    this.transactions =
      transactions ??
      createTransactionLayer({
        wheel,
        workerId,
        random: (bytes) => hash.random(bytes),
        user,
        onError,
        reopen: responseFlows({ transport, locator }),
        ...(timers === undefined ? {} : { timers }),
      });
    this.transportHandler = {
      onMessage: (text, flow) => this.transactions.receive(text, flow),
      onSendError: (error, flow) => this.transactions.transportError(flow, error),
      onKeepAliveAnswer: (answer, flow) => this.#environment.keepAlives.onAnswer(answer, flow),
    };
    const keepAlives = new KeepAliveAnswers();
    this.#environment = {
      transport,
      locator,
      wheel,
      hash,
      transactions: this.transactions,
      dialogs: this.dialogs,
      counters: this.counters,
      limits,
      sessionTimer: { ...defaultSessionTimer, ...options.sessionTimer },
      reliableProvisional: options.reliableProvisional ?? "supported",
      connectedIdentity: options.connectedIdentity ?? false,
      datagramOnly: new DatagramOnly(wheel),
      digests: new DigestPaths(hash, limits.digestPaths),
      capabilities: capabilitiesOf(options),
      keepAlives,
      messageTurns: new Turns(),
      isTrusted,
      onError,
    };
    this.#dispatcher = new Dispatcher(this.#environment, {
      handlers: options.handlers ?? {},
      identity: this.identity,
      sessions: this.sessions,
      waiting: this.#waiting,
    });
  }

  addIdentity(options: IdentityOptions): LocalIdentity {
    const identity = new LocalIdentity(options);
    this.#dispatcher.addIdentity(identity);
    return identity;
  }

  invite(target: Uri | string, options: InviteOptions): OutgoingSession {
    const uri = toUri(target);
    this.#expectOpen();
    const session = new OutgoingCall(this.#dispatcher.house, options.identity ?? this.identity, uri, options);
    session.start().catch((error) => this.#environment.onError(error));
    return session;
  }

  request(method: string, target: Uri | string, options: RequestOptions = {}): Promise<RequestResult> {
    return handled(this.#request(method, toUri(target), options));
  }

  message(target: Uri | string, body: SessionBody, options: RequestOptions = {}): Promise<RequestResult> {
    const uri = toUri(target);
    const send = (): Promise<RequestResult> => this.#request("MESSAGE", uri, { ...options, body });
    return handled(this.#environment.messageTurns.run(formatUri(uri), send));
  }

  options(target: Uri | string, options: RequestOptions = {}): Promise<RequestResult> {
    const accept = ["Accept", this.#environment.capabilities.acceptedTypes] as const;
    return this.request("OPTIONS", target, { ...options, headers: [accept, ...(options.headers ?? [])] });
  }

  refer(
    target: Uri | string,
    referTo: Uri | string,
    options: RequestOptions & OutsideReferOptions = {},
  ): Promise<OutgoingRefer> {
    this.#expectOpen();
    const identity = options.identity ?? this.identity;
    return handled(referOutside(this.#environment, this.#waiting, identity, toUri(target), toUri(referTo), options));
  }

  retarget(identity: LocalIdentity = this.identity): void {
    retarget(this.#environment, identity, true);
  }

  subscribe(target: Uri | string, options: SubscriptionOptions): Subscription {
    this.#expectOpen();
    const identity = options.identity ?? this.identity;
    const subscription = new ClientSubscription(
      this.#environment,
      identity,
      toUri(target),
      options,
      this.#waiting,
      () => this.#subscriptions.delete(subscription),
    );
    this.#subscriptions.add(subscription);
    subscription.start();
    return subscription;
  }

  register(options: RegistrationOptions = {}): RegistrationClient {
    this.#expectOpen();
    const identity = options.identity ?? this.identity;
    const registration = new Registration(this.#environment, identity, options, {
      onMoved: () => {
        if (this.#followsAddress) retarget(this.#environment, identity, false);
      },
      onOver: () => {
        this.#registrations.delete(registration);
        this.counters.registrations--;
      },
    });
    this.#registrations.add(registration);
    this.counters.registrations++;
    return registration;
  }

  publish(target: Uri | string, options: PublicationOptions): Publication {
    this.#expectOpen();
    const identity = options.identity ?? this.identity;
    const publication = new ClientPublication(this.#environment, identity, toUri(target), options, () =>
      this.#publications.delete(publication),
    );
    this.#publications.add(publication);
    publication.start();
    return publication;
  }

  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { graceMs = 2_000 } = options;
    const ending: Promise<unknown>[] = [...this.sessions].map((session) => session.end({ status: 480 }));
    for (const one of [...this.#subscriptions, ...this.#publications]) ending.push(one.close());
    for (const { usages } of [...this.dialogs.all()]) {
      for (const usage of usages) if (usage instanceof NotifierUsage) ending.push(usage.close());
    }
    await this.#within(graceMs, ending);
    // Who has not answered by now is not waited for.
    for (const session of this.sessions) {
      session.finish({ cause: "timeout", by: "local", status: 408, reason: "Request Timeout", message: undefined });
    }
    for (const dialog of [...this.dialogs.all()]) dialog.lose(408);
    // Last, since it is by their flows that all else takes leave.
    await this.#within(
      graceMs,
      [...this.#registrations].map((registration) => registration.close()),
    );
    if (this.#ownsTransactions) this.transactions.close();
  }

  async #within(ms: number, ending: readonly Promise<unknown>[]): Promise<void> {
    if (ending.length === 0) return;
    let timer: Disposable | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = this.#environment.wheel.after(ms, resolve);
    });
    await Promise.race([Promise.all(ending), grace]);
    timer?.[Symbol.dispose]();
  }

  async #request(method: string, target: Uri, options: RequestOptions): Promise<RequestResult> {
    this.#expectOpen();
    const { capabilities, hash, transactions } = this.#environment;
    const { signal, body } = options;
    let sequence = 0;
    const outcome = await sendOutside(this.#environment, {
      method,
      target,
      identity: options.identity ?? this.identity,
      options,
      callId: newCallId(hash),
      localTag: transactions.newTag(),
      headers: [
        sessionIdLine(newSessionId(hash), undefined),
        ["Allow", capabilities.allow],
        ["Supported", capabilities.supported],
        ...capabilities.productLine("User-Agent"),
      ],
      body,
      signal,
      nextSequence: () => ++sequence,
    });
    if (outcome.response === undefined || outcome.status >= 300) throw errorOf(method, outcome, signal);
    return { response: outcome.response };
  }

  #expectOpen(): void {
    if (this.#isClosed) throw closed("the user agent");
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
