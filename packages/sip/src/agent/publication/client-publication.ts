/** State that we publish: first, refreshed, changed, taken back, and begun anew when its server has lost it. RFC 3903 §4. */

import { CallbackTimer, Emitter } from "@trapezoid/base";
import type { HeaderLine } from "../../message/build.ts";
import { SipEtag } from "../../message/fields/event.ts";
import { Expires, MinExpires } from "../../message/fields/time.ts";
import type { SipResponse } from "../../message/message.ts";
import type { Uri } from "../../message/values.ts";
import type { Environment } from "../core/environment.ts";
import { handled } from "../core/handled.ts";
import { newCallId, newSessionId } from "../core/identifiers.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { mayPass, retryInMs } from "../core/passing-failures.ts";
import { refreshInMs } from "../core/refresh-time.ts";
import { closed, type SipError } from "../errors.ts";
import type { Outcome } from "../request/client-request.ts";
import { errorOf } from "../request/dialog-request.ts";
import { sendOutside } from "../request/outside-request.ts";
import { sessionIdLine } from "../session/session-id.ts";
import type { SessionBody } from "../session/values.ts";
import type { Publication, PublicationEvents, PublicationOptions } from "./contract.ts";

export class ClientPublication implements Publication {
  readonly event: string;
  readonly events = new Emitter<PublicationEvents>();
  readonly published: Promise<void>;
  state: Publication["state"] = "publishing";
  etag: string | undefined;
  readonly #environment: Environment;
  readonly #identity: LocalIdentity;
  readonly #target: Uri;
  readonly #options: PublicationOptions;
  readonly #onOver: () => void;
  readonly #timer: CallbackTimer;
  readonly #abort = new AbortController();
  #body: SessionBody;
  /** The server does not have this body yet. */
  #isNew = true;
  #expiresSeconds: number;
  #sequence = 0;
  readonly #callId: string;
  readonly #localTag: string;
  readonly #sessionId: string;
  #isSending = false;
  #flight: Promise<void> = Promise.resolve();
  #failures = 0;
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  #closing: Promise<void> | undefined;

  /** @param onOver It is closed and forgotten. */
  constructor(
    environment: Environment,
    identity: LocalIdentity,
    target: Uri,
    options: PublicationOptions,
    onOver: () => void,
  ) {
    this.#environment = environment;
    this.#identity = identity;
    this.#target = target;
    this.#options = options;
    this.#onOver = onOver;
    this.event = options.event;
    this.#body = options.body;
    this.#expiresSeconds = options.expiresSeconds ?? 3_600;
    this.#callId = newCallId(environment.hash);
    this.#localTag = environment.transactions.newTag();
    this.#sessionId = newSessionId(environment.hash);
    this.#timer = new CallbackTimer(() => this.#go());
    this.published = handled(this.#next());
    options.signal?.addEventListener("abort", () => void this.close(), { once: true, signal: this.#abort.signal });
  }

  start(): void {
    if (this.#options.signal?.aborted) void this.close();
    else this.#go();
  }

  modify(body: SessionBody): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closed("the publication"));
    this.#body = body;
    this.#isNew = true;
    const done = handled(this.#next());
    this.#go();
    return done;
  }

  refresh(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closed("the publication"));
    const done = handled(this.#next());
    this.#go();
    return done;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Sends what is due, one request at a time (§4: a server orders them by their entity-tags). */
  #go(): void {
    if (this.#isSending || this.state === "closed" || this.#closing !== undefined) return;
    this.#isSending = true;
    this.#environment.wheel.cancel(this.#timer);
    const isFull = this.#isNew || this.etag === undefined;
    this.#isNew = false;
    this.#flight = this.#publish(this.#expiresSeconds, isFull ? this.#body : undefined).then(
      (outcome) => {
        this.#isSending = false;
        if (this.#closing === undefined) this.#onOutcome(outcome, isFull);
        else this.etag = outcome.response?.get(SipEtag) ?? this.etag;
      },
      (error) => this.#environment.onError(error),
    );
  }

  #publish(expiresSeconds: number, body: SessionBody | undefined): Promise<Outcome> {
    const { capabilities } = this.#environment;
    const headers: HeaderLine[] = [
      sessionIdLine(this.#sessionId, undefined),
      ["Event", this.event],
      ["Expires", `${expiresSeconds}`],
    ];
    // §4.1: the first has none; from then on the last one that we were given.
    if (this.etag !== undefined) headers.push(["SIP-If-Match", this.etag]);
    headers.push(...capabilities.productLine("User-Agent"), ...(this.#options.headers ?? []));
    return sendOutside(this.#environment, {
      method: "PUBLISH",
      target: this.#target,
      identity: this.#identity,
      options: {},
      callId: this.#callId,
      localTag: this.#localTag,
      headers,
      body,
      nextSequence: () => ++this.#sequence,
    });
  }

  #onOutcome(outcome: Outcome, wasFull: boolean): void {
    const { status, response } = outcome;
    if (status < 300 && response !== undefined) {
      this.#onSuccess(response);
      return;
    }
    if (wasFull) this.#isNew = true;
    // §4.3: the server has forgotten it: begin anew, with all of it.
    if (status === 412 && this.etag !== undefined) {
      this.etag = undefined;
      this.#isNew = true;
      this.#go();
      return;
    }
    const least = status === 423 ? response?.get(MinExpires) : undefined;
    if (least !== undefined && least > this.#expiresSeconds) {
      this.#expiresSeconds = least;
      this.#go();
      return;
    }
    this.#onFailure(outcome);
  }

  #onSuccess(response: SipResponse): void {
    this.#failures = 0;
    // §6: a 2xx has an entity-tag, a new one each time.
    this.etag = response.get(SipEtag);
    this.state = "published";
    const seconds = response.get(Expires) ?? this.#expiresSeconds;
    if (this.etag !== undefined) this.events.emit("published", this.etag);
    if (this.#isNew) {
      this.#go();
      return;
    }
    this.#environment.wheel.arm(this.#timer, refreshInMs(seconds));
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #onFailure(outcome: Outcome): void {
    const error: SipError = errorOf("PUBLISH", outcome);
    this.state = "waiting";
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    if (!mayPass(outcome.status)) {
      this.events.emit("failed", error, undefined);
      return;
    }
    const ms = retryInMs(this.#failures++, outcome.response);
    this.#environment.wheel.arm(this.#timer, ms);
    this.events.emit("failed", error, ms);
  }

  async #close(): Promise<void> {
    this.#abort.abort();
    this.#environment.wheel.cancel(this.#timer);
    for (const { reject } of this.#waiting.splice(0)) reject(closed("the publication"));
    // What is on its way may bring the entity-tag to take back.
    await this.#flight;
    // §4.5.
    if (this.etag !== undefined) await this.#publish(0, undefined);
    this.state = "closed";
    this.#onOver();
  }

  #next(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}
