/** A SUBSCRIBE that arrives outside of dialogs. RFC 6665 §4.2.1. */

import { dialogOfRequest } from "../../dialog/create-dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import { Accept } from "../../message/fields/capability.ts";
import { Event } from "../../message/fields/event.ts";
import { Expires } from "../../message/fields/time.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import { responseContact } from "../core/contact-text.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { respond } from "../core/responder.ts";
import { answerLines } from "../request/answer.ts";
import type { IncomingRequest, Refusal } from "../request/contract.ts";
import type { AcceptSubscription, IncomingSubscribe, NotifierSubscription } from "./contract.ts";
import { eventOf } from "./event-key.ts";
import { NotifierUsage } from "./notifier-usage.ts";

/** §4.2.1.1: what a SUBSCRIBE without Expires asks for, where its package does not say. */
const defaultExpiresSeconds = 3_600;

/** §4.2.1.1: a refusal before its owner is asked. */
export function checkSubscribe(request: SipRequest, environment: Environment): Refusal | undefined {
  const { eventPackages } = environment.capabilities;
  const event = eventOf(request);
  // RFC 3515 §2.4.4: by REFER alone.
  if (event?.package === "refer") return { status: 403 };
  if (event === undefined || !eventPackages.includes(event.package)) {
    return { status: 489, headers: [["Allow-Events", eventPackages.join(", ")]] };
  }
  const { counters, limits } = environment;
  return counters.subscriptions < limits.subscriptions ? undefined : { status: 503, headers: [["Retry-After", "60"]] };
}

/** What its owner decides; `settle` refuses what has been left alone. */
export class SubscribeEntry implements IncomingSubscribe {
  readonly request: SipRequest;
  readonly flow: IncomingRequest["flow"];
  readonly assertedIdentity: IncomingRequest["assertedIdentity"];
  readonly isAnonymous: boolean;
  readonly targetDialog: IncomingRequest["targetDialog"];
  readonly event: string;
  readonly eventParams: IncomingSubscribe["eventParams"];
  readonly expiresSeconds: number;
  readonly subscriber: IncomingSubscribe["subscriber"];
  readonly accept: readonly string[];
  readonly #environment: Environment;
  readonly #identity: LocalIdentity;
  readonly #transaction: ServerTransaction;
  #isSettled = false;

  constructor(
    environment: Environment,
    identity: LocalIdentity,
    transaction: ServerTransaction,
    incoming: IncomingRequest,
  ) {
    const { request } = incoming;
    const event = eventOf(request)!;
    this.#environment = environment;
    this.#identity = identity;
    this.#transaction = transaction;
    this.request = request;
    this.flow = incoming.flow;
    this.assertedIdentity = incoming.assertedIdentity;
    this.isAnonymous = incoming.isAnonymous;
    this.targetDialog = incoming.targetDialog;
    this.event = event.package;
    this.eventParams = event.params;
    this.expiresSeconds = request.get(Expires) ?? defaultExpiresSeconds;
    this.subscriber = request.from!;
    this.accept = request.getAll(Accept).map(({ type, subtype }) => `${type}/${subtype}`.toLowerCase());
  }

  confirm(options: AcceptSubscription): NotifierSubscription {
    if (this.#isSettled) throw new TypeError("the SUBSCRIBE has been answered already");
    this.#isSettled = true;
    const environment = this.#environment;
    const { request } = this;
    const parts = dialogOfRequest(request, environment.transactions.newTag(), this.flow, "confirmed");
    if (parts === undefined) {
      answerLines(environment, this.#transaction, request, {
        status: 400,
        reason: "Missing Or Bad Contact Header Field",
      });
      throw new TypeError("the SUBSCRIBE has no usable Contact: it has been refused");
    }
    const flow = this.#identity.owns(this.flow) ? this.flow : undefined;
    const dialog = environment.dialogs.add({ ...parts, flow });
    const seconds = Math.min(options.expiresSeconds ?? this.expiresSeconds, this.expiresSeconds);
    const contact = responseContact(this.#identity, this.flow, request, dialog);
    environment.counters.subscriptions++;
    const usage = new NotifierUsage({
      environment,
      identity: this.#identity,
      dialog,
      event: eventOf(request)!,
      eventName: request.get(Event)!.package,
      // A fetch is no reason to refuse later refreshes (§4.4.3).
      expiresSeconds: seconds === 0 ? defaultExpiresSeconds : seconds,
      state: options.state ?? "active",
      current: options.current,
      onEnd: (reason) => {
        environment.counters.subscriptions--;
        options.onEnd?.(reason);
      },
    });
    usage.ids.learn(request);
    const headers: HeaderLine[] = [
      usage.ids.line(),
      ["Expires", `${seconds}`],
      ...environment.capabilities.eventLine(),
    ];
    respond(environment, this.#transaction, request, 200, { toTag: dialog.localTag, headers, contact });
    // §4.2.1.2: the present state at once; §4.4.3: of a fetch it is all.
    if (seconds === 0) usage.terminate("timeout");
    else usage.notify();
    return usage;
  }

  refuse(status: number, reason?: string, headers?: readonly HeaderLine[]): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    answerLines(this.#environment, this.#transaction, this.request, { status, reason, headers });
  }
}
