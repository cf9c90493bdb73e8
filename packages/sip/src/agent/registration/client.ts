/** A registration: its bindings, and what they teach us of ourselves. RFC 3261 §10.2, RFC 3608, 5626, 5627. */

import { Emitter } from "@trapezoid/base";
import type { SipResponse } from "../../message/message.ts";
import { formatNameAddr, nameAddr } from "../../message/name-addr.ts";
import { withParam } from "../../message/params.ts";
import { isSipUri, sipUri } from "../../message/uri.ts";
import type { NameAddr, SipUri, Uri } from "../../message/values.ts";
import { unlessAborted } from "../core/delay.ts";
import type { Environment } from "../core/environment.ts";
import { handled } from "../core/handled.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { toUri } from "../core/target.ts";
import { aborted, closed, type SipError } from "../errors.ts";
import { defaultRetry } from "./backoff.ts";
import type {
  RegisteredFlow,
  RegistrationClient,
  RegistrationEvents,
  RegistrationOptions,
  RegistrationState,
  RetrySettings,
} from "./contract.ts";
import { type BindingHost, FlowBinding } from "./flow-binding.ts";
import type { Registered } from "./registered.ts";

export interface RegistrationOwner {
  /** The identity is reached by another address than before. */
  readonly onMoved: () => void;
  /** It is closed and forgotten. */
  readonly onOver: () => void;
}

export class Registration implements RegistrationClient, BindingHost {
  readonly environment: Environment;
  readonly identity: LocalIdentity;
  readonly registrar: SipUri;
  readonly options: RegistrationOptions;
  readonly retry: RetrySettings;
  readonly events = new Emitter<RegistrationEvents>();
  bindings: readonly NameAddr[] = [];
  associatedUris: readonly NameAddr[] = [];
  readonly #flows: readonly FlowBinding[];
  readonly #owner: RegistrationOwner;
  readonly #dead = new Set<FlowBinding>();
  #state: RegistrationState = "idle";
  #wasDown = true;
  #waiting: { readonly resolve: () => void; readonly reject: (error: SipError) => void }[] = [];
  /** Of each binding, as it was told last. */
  readonly #contacts = new Map<FlowBinding, string>();

  constructor(
    environment: Environment,
    identity: LocalIdentity,
    options: RegistrationOptions,
    owner: RegistrationOwner,
  ) {
    this.environment = environment;
    this.identity = identity;
    this.options = options;
    this.registrar = registrarOf(identity, options);
    this.retry = { ...defaultRetry, ...options.retry };
    this.#owner = owner;
    const outbound = options.outbound ?? (identity.instanceId === undefined ? false : {});
    if (outbound !== false && identity.instanceId === undefined) {
      throw new TypeError("outbound needs an instance: give the identity an instanceId");
    }
    if (outbound === false) this.#flows = [new FlowBinding(this, 0, identity.configuredRoute)];
    else {
      const routes = outbound.proxies?.map((proxy) => [looseRoute(toUri(proxy))]) ?? [identity.configuredRoute];
      this.#flows = routes.map((route, at) => new FlowBinding(this, at + 1, route));
    }
  }

  get state(): RegistrationState {
    return this.#state;
  }

  get flows(): readonly RegisteredFlow[] {
    return this.#flows;
  }

  get serviceRoute(): readonly NameAddr[] {
    return this.identity.serviceRoute;
  }

  get publicGruu(): Uri | undefined {
    return this.identity.publicGruu;
  }

  get temporaryGruu(): Uri | undefined {
    return this.identity.temporaryGruu;
  }

  start(signal?: AbortSignal): Promise<void> {
    if (this.#state === "closed" || this.#state === "closing") return Promise.reject(closed("the registration"));
    const started = this.#next();
    if (this.#state === "idle" || this.#state === "failed") {
      this.#state = "registering";
      for (const flow of this.#flows) flow.register();
    }
    return handled(unlessAborted(started, signal, () => aborted("the registration", signal?.reason)));
  }

  refresh(): Promise<void> {
    if (this.#state === "closed" || this.#state === "closing") return Promise.reject(closed("the registration"));
    const refreshed = this.#next();
    for (const flow of this.#flows) flow.register();
    return handled(refreshed);
  }

  networkChanged(): void {
    if (this.#state === "idle" || this.#state === "closing" || this.#state === "closed") return;
    for (const flow of this.#flows) flow.restart();
  }

  async close(): Promise<void> {
    if (this.#state === "closed" || this.#state === "closing") return;
    this.#state = "closing";
    for (const { reject } of this.#waiting.splice(0)) reject(closed("the registration"));
    await Promise.all(this.#flows.map((flow) => flow.close()));
    this.#state = "closed";
    this.identity.serviceRoute = [];
    this.identity.publicGruu = undefined;
    this.identity.temporaryGruu = undefined;
    this.identity.isOutbound = false;
    this.events.emit("closed");
    this.#owner.onOver();
  }

  othersUp(binding: FlowBinding): boolean {
    return this.#flows.some((flow) => flow !== binding && flow.state === "registered");
  }

  onRegistered(binding: FlowBinding, registered: Registered, response: SipResponse): void {
    const isNews = this.#wasDown;
    this.#wasDown = false;
    this.#dead.delete(binding);
    if (this.#state !== "closing") this.#state = "registered";
    this.bindings = registered.bindings;
    if (registered.associatedUris.length > 0) this.associatedUris = registered.associatedUris;
    // RFC 3608 §6.1: what the last 200 says; of several flows, the preferred one's.
    if (this.#flows.find((flow) => flow.state === "registered") === binding) {
      this.identity.serviceRoute = registered.serviceRoute;
    }
    const gruuBefore = this.identity.publicGruu;
    if (this.options.gruu !== false) {
      this.identity.publicGruu = registered.publicGruu ?? this.identity.publicGruu;
      this.identity.temporaryGruu = registered.temporaryGruu ?? this.identity.temporaryGruu;
    }
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    this.events.emit(isNews ? "registered" : "refreshed", response);
    this.#tellContact(binding, gruuBefore !== undefined);
  }

  onFailed(binding: FlowBinding, error: SipError, retryInMs: number | undefined): void {
    if (retryInMs === undefined) this.#dead.add(binding);
    this.#lookDown();
    // RFC 5626 §4.2.1: one flow is enough; the caller hears when none is left to hope for.
    const isHopeless = this.#dead.size === this.#flows.length;
    if (isHopeless) this.#state = "failed";
    const isAlone = this.#flows.every(({ state }) => state !== "registered" && state !== "registering");
    if (isHopeless || isAlone) for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.events.emit("failed", error, retryInMs);
  }

  onFlowLost(binding: FlowBinding): void {
    this.#lookDown();
    this.events.emit("flowLost", binding.regId);
  }

  #lookDown(): void {
    if (this.#flows.some(({ state }) => state === "registered")) return;
    this.#wasDown = true;
    if (this.#state === "registered" || this.#state === "registering") this.#state = "waiting";
  }

  /** A GRUU hides where we are from whoever calls; calls that are up send their media somewhere else all the same. */
  #tellContact(binding: FlowBinding, hasGruu: boolean): void {
    const { contact } = binding;
    if (contact === undefined) return;
    const text = formatNameAddr(contact);
    const before = this.#contacts.get(binding);
    this.#contacts.set(binding, text);
    if (before === undefined || before === text) return;
    if (!hasGruu) this.events.emit("contactChanged", contact);
    this.#owner.onMoved();
  }

  #next(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

/** §10.2: the domain, without a user. */
function registrarOf(identity: LocalIdentity, options: RegistrationOptions): SipUri {
  const uri = options.registrar === undefined ? identity.address.uri : toUri(options.registrar);
  if (!isSipUri(uri))
    throw new TypeError("a registrar needs a SIP URI: give one, since the identity's address is none");
  return sipUri({ scheme: uri.scheme, host: uri.host, port: uri.port, params: uri.params });
}

function looseRoute(uri: Uri): NameAddr {
  return nameAddr(isSipUri(uri) ? { ...uri, params: withParam(uri.params, "lr") } : uri);
}
