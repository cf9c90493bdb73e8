/** One binding of ours: registered by one way, refreshed, moved when its flow dies, taken away. RFC 3261 §10.2, RFC 5626 §4.2 to §4.5. */

import { CallbackTimer } from "@trapezoid/base";
import type { RouteSet } from "../../dialog/route-set.ts";
import { MinExpires, RetryAfter } from "../../message/fields/time.ts";
import type { SipResponse } from "../../message/message.ts";
import { isSipUri } from "../../message/uri.ts";
import type { NameAddr, SipUri } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";
import type { Environment } from "../core/environment.ts";
import { newCallId, randomUpTo } from "../core/identifiers.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { mayPass } from "../core/passing-failures.ts";
import { refreshInMs } from "../core/refresh-time.ts";
import type { SipError } from "../errors.ts";
import { ClientRequest, type Outcome } from "../request/client-request.ts";
import { errorOf } from "../request/dialog-request.ts";
import { Redirections } from "../request/redirections.ts";
import { retryDelayMs } from "./backoff.ts";
import type { RegisteredFlow, RegistrationOptions, RetrySettings } from "./contract.ts";
import { FlowKeeper } from "./flow-keeper.ts";
import { type BindingParts, bindingContact, registerDraft } from "./register-draft.ts";
import { type Registered, readRegistered } from "./registered.ts";

/** Of the registration that it belongs to. */
export interface BindingHost {
  readonly environment: Environment;
  readonly identity: LocalIdentity;
  readonly registrar: SipUri;
  readonly options: RegistrationOptions;
  readonly retry: RetrySettings;
  /** Whether another binding of ours is there. */
  othersUp(binding: FlowBinding): boolean;
  onRegistered(binding: FlowBinding, registered: Registered, response: SipResponse): void;
  /** `retryInMs`: `undefined` when it is given up. */
  onFailed(binding: FlowBinding, error: SipError, retryInMs: number | undefined): void;
  onFlowLost(binding: FlowBinding): void;
}

export class FlowBinding implements RegisteredFlow {
  readonly regId: number;
  state: RegisteredFlow["state"] = "registering";
  flow: Flow | undefined;
  contact: NameAddr | undefined;
  expiresAt = 0;
  readonly #host: BindingHost;
  readonly #route: RouteSet;
  readonly #callId: string;
  readonly #localTag: string;
  readonly #timer: CallbackTimer;
  readonly #redirections: Redirections;
  /** Where a redirection has led (§8.1.3.4). */
  #registrar: SipUri;
  #sequence = 0;
  #expiresSeconds: number;
  #failures = 0;
  #keeper: FlowKeeper | undefined;
  #flowWatch: Disposable | undefined;
  #request: ClientRequest | undefined;
  /** §11.6: the first hop does not know outbound. */
  #withoutOutbound = false;

  /** @param regId 0: without outbound. */
  constructor(host: BindingHost, regId: number, route: RouteSet) {
    this.#host = host;
    this.regId = regId;
    this.#route = route;
    const { hash, transactions } = host.environment;
    this.#callId = newCallId(hash);
    this.#localTag = transactions.newTag();
    this.#expiresSeconds = host.options.expiresSeconds ?? 600;
    this.#registrar = host.registrar;
    this.#redirections = new Redirections(host.registrar, host.environment.limits.redirects);
    this.#timer = new CallbackTimer(() => this.register());
  }

  /** Registers or refreshes now; the flow that is there is used again (RFC 5626 §4.2.2). */
  register(): void {
    if (this.state === "closed" || this.#request !== undefined) return;
    if (this.state !== "registered") this.state = "registering";
    this.#host.environment.wheel.cancel(this.#timer);
    this.#send(this.#expiresSeconds, (outcome) => this.#onOutcome(outcome));
  }

  /** Another network: by another flow, at once. */
  restart(): void {
    if (this.state === "closed") return;
    this.#giveUpRequest();
    const { flow } = this;
    this.dropFlow();
    flow?.close();
    this.register();
  }

  /** Forgets the flow: the next attempt makes another. */
  dropFlow(): void {
    this.#keeper?.stop();
    this.#keeper = undefined;
    this.#flowWatch?.[Symbol.dispose]();
    this.#flowWatch = undefined;
    if (this.flow !== undefined) this.#host.identity.removeFlow(this.flow);
    this.flow = undefined;
  }

  /** §10.2.2: takes the binding away; resolves when that is answered, or nobody answers. */
  close(): Promise<void> {
    if (this.state === "closed") return Promise.resolve();
    // A REGISTER whose answer is not here yet may have bound us.
    const mayBeBound = this.state === "registered" || this.#request !== undefined;
    this.state = "closed";
    this.#host.environment.wheel.cancel(this.#timer);
    this.#giveUpRequest();
    if (!mayBeBound) {
      this.dropFlow();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#send(0, () => {
        this.dropFlow();
        resolve();
      });
    });
  }

  /** Its answer is heard by nobody. */
  #giveUpRequest(): void {
    const request = this.#request;
    this.#request = undefined;
    request?.cancel();
  }

  #send(expiresSeconds: number, onFinal: (outcome: Outcome) => void): void {
    const { environment } = this.#host;
    const draft = registerDraft(environment, {
      ...this.#parts(),
      route: this.#route,
      flow: this.flow,
      callId: this.#callId,
      localTag: this.#localTag,
      expiresSeconds,
    });
    const request = new ClientRequest(environment, draft, {
      nextSequence: () => ++this.#sequence,
      onFinal: (outcome) => {
        if (this.#request !== request) return;
        this.#request = undefined;
        onFinal(outcome);
      },
    });
    this.#request = request;
    request.start();
  }

  get #isOutbound(): boolean {
    return this.regId > 0 && !this.#withoutOutbound;
  }

  #parts(): BindingParts {
    const { identity, options } = this.#host;
    return { identity, options, regId: this.#isOutbound ? this.regId : undefined, registrar: this.#registrar };
  }

  #onOutcome(outcome: Outcome): void {
    if (this.state === "closed") return;
    const { status, response, attempt } = outcome;
    if (status < 300 && response !== undefined && attempt !== undefined) {
      this.#onSuccess(response, attempt.flow);
      return;
    }
    const least = status === 423 ? response?.get(MinExpires) : undefined;
    // §10.2.8.
    if (least !== undefined && least > this.#expiresSeconds) {
      this.#expiresSeconds = least;
      this.register();
      return;
    }
    // RFC 5626 §11.6.
    if (status === 439 && this.#isOutbound) {
      this.#withoutOutbound = true;
      this.register();
      return;
    }
    const elsewhere = response === undefined ? undefined : this.#redirections.after(response);
    if (elsewhere !== undefined && isSipUri(elsewhere)) {
      this.#registrar = elsewhere;
      // What leads to the first one leads to no other.
      if (this.#route.length === 0) this.dropFlow();
      this.register();
      return;
    }
    this.#onFailure(outcome);
  }

  #onSuccess(response: SipResponse, flow: Flow): void {
    const { environment, identity } = this.#host;
    const contact = bindingContact(this.#parts(), flow);
    const registered = readRegistered(response, contact, this.#expiresSeconds);
    const { wheel } = environment;
    this.state = "registered";
    this.contact = contact;
    this.expiresAt = wheel.now() + registered.expiresSeconds * 1000;
    wheel.arm(this.#timer, refreshInMs(registered.expiresSeconds));
    if (this.flow?.id !== flow.id) this.#adopt(flow, registered);
    identity.isOutbound ||= registered.isOutbound;
    if (this.#keeper === undefined) this.#failures = 0;
    this.#host.onRegistered(this, registered, response);
  }

  /** RFC 5626 §4.3, §4.4: later requests leave by it, and it is kept open. */
  #adopt(flow: Flow, { isOutbound, flowTimer }: Registered): void {
    this.dropFlow();
    this.flow = flow;
    const { environment, identity, options } = this.#host;
    identity.addFlow(flow, this.#route[0]?.uri ?? this.#registrar, this.regId, this);
    this.#flowWatch = flow.onClose(() => this.#onFlowFailed("its connection was closed"));
    const seconds = flowTimer ?? options.keepAliveSeconds ?? (flow.reliable ? 120 : 29);
    // §4.4: STUN only to who is known to take it.
    const mayKeep = flow.reliable || isOutbound || options.keepAliveSeconds !== undefined;
    if (seconds <= 0 || !mayKeep) return;
    this.#keeper = new FlowKeeper(environment, flow, {
      seconds,
      expectsAnswer: isOutbound,
      onAlive: () => {
        this.#failures = 0;
      },
      onFailed: (why) => this.#onFlowFailed(why),
    });
  }

  /** RFC 5626 §4.5: another flow takes its place, with the same reg-id. */
  #onFlowFailed(_why: string): void {
    if (this.state === "closed") return;
    const wasGood = this.#failures === 0;
    const { flow } = this;
    this.dropFlow();
    flow?.close();
    this.state = "waiting";
    this.#host.onFlowLost(this);
    this.#giveUpRequest();
    if (wasGood) this.register();
    else this.#host.environment.wheel.arm(this.#timer, this.#delayMs());
    // One that never proves good counts as a failure (§4.5).
    this.#failures++;
  }

  #onFailure(outcome: Outcome): void {
    const { environment } = this.#host;
    const { status, response } = outcome;
    const error = errorOf("REGISTER", outcome);
    const isThere = this.state === "registered" && environment.wheel.now() < this.expiresAt;
    if (!mayPass(status)) {
      this.state = "failed";
      this.dropFlow();
      this.#host.onFailed(this, error, undefined);
      return;
    }
    // RFC 5626 §4.2.2: a registrar that is busy does not make the flow bad.
    if (response === undefined) this.dropFlow();
    const asked = response?.get(RetryAfter)?.seconds;
    const delayMs = Math.max(this.#delayMs(), (asked ?? 0) * 1000);
    this.#failures++;
    // What is bound still serves; it is refreshed again before it ends.
    const leftMs = isThere ? (this.expiresAt - environment.wheel.now()) / 2 : delayMs;
    const retryInMs = asked === undefined ? Math.min(delayMs, Math.max(leftMs, 1_000)) : delayMs;
    if (!isThere) this.state = "waiting";
    environment.wheel.arm(this.#timer, retryInMs);
    this.#host.onFailed(this, error, retryInMs);
  }

  #delayMs(): number {
    const { environment, retry } = this.#host;
    const random = randomUpTo(environment.hash, 999_999) / 1_000_000;
    return retryDelayMs(this.#failures, this.#host.othersUp(this), retry, random);
  }
}
