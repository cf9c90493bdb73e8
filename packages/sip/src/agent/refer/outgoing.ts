/** A REFER of ours and the reports that follow it. RFC 3515 §2.4, RFC 4488, RFC 5589. */

import { CallbackTimer } from "@trapezoid/base";
import type { DialogUsage } from "../../dialog/contract.ts";
import { dialogOfRequest } from "../../dialog/create-dialog.ts";
import type { Dialog } from "../../dialog/dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import { SubscriptionState } from "../../message/fields/event.ts";
import { ReferredBy, ReferSub, ReferTo } from "../../message/fields/refer.ts";
import type { SipRequest, SipResponse } from "../../message/message.ts";
import { nameAddr } from "../../message/name-addr.ts";
import { SubscriptionExpires } from "../../message/param-fields/event.ts";
import { noParams, withParam } from "../../message/params.ts";
import { isSipUri } from "../../message/uri.ts";
import type { Uri } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { answerLines } from "../request/answer.ts";
import { sendInDialog } from "../request/dialog-request.ts";
import { eventOf } from "../subscription/event-key.ts";
import type { WaitingSubscriber } from "../subscription/waiting-subscribers.ts";
import type { OutgoingRefer, ReferOptions } from "./contract.ts";
import { parseSipfrag, type Report } from "./sipfrag.ts";

/** Lines of a REFER. */
export function referLines(identity: LocalIdentity, target: Uri, options: ReferOptions): HeaderLine[] {
  const { method, referredBy, withoutSubscription, headers = [] } = options;
  const uri =
    isSipUri(target) && method !== undefined
      ? { ...target, params: withParam(target.params, "method", method) }
      : target;
  const lines: HeaderLine[] = [["Refer-To", ReferTo.format(nameAddr(uri))]];
  if (referredBy !== false)
    lines.push(["Referred-By", ReferredBy.format(referredBy ?? nameAddr(identity.address.uri))]);
  // RFC 4488 §4: who does not know it subscribes us all the same, which costs less than a refusal.
  if (withoutSubscription === true) {
    lines.push(["Refer-Sub", ReferSub.format({ subscribe: false, params: noParams })]);
  }
  return [...lines, ...headers];
}

/** The implicit subscription: a usage of the session's dialog, or of one that the first NOTIFY makes. */
export class ReferUsage implements DialogUsage, OutgoingRefer, WaitingSubscriber {
  readonly kind = "subscribe";
  readonly outcome: Promise<Report>;
  readonly #environment: Environment;
  readonly #identity: LocalIdentity;
  readonly #onProgress: ReferOptions["onProgress"];
  /** CSeq numbers of the REFER: of the first attempt, and of those with credentials. */
  readonly #ids = new Set<string>();
  readonly #timer: CallbackTimer;
  #dialog: Dialog | undefined;
  #localTag = "";
  #last: Report = { status: 0, reason: "" };
  #isOver = false;
  #resolve!: (report: Report) => void;
  #onOver: () => void = () => {};

  constructor(environment: Environment, identity: LocalIdentity, options: ReferOptions) {
    this.#environment = environment;
    this.#identity = identity;
    this.#onProgress = options.onProgress;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = new CallbackTimer(() => this.end());
  }

  /** The REFER goes out with this number. */
  sentAs(sequence: number): void {
    this.#ids.add(`${sequence}`);
  }

  /** In a dialog that is there. */
  join(dialog: Dialog): void {
    this.#dialog = dialog;
    dialog.addUsage(this);
  }

  /** Outside of dialogs: the first NOTIFY makes one. */
  await(localTag: string, onOver: () => void): void {
    this.#localTag = localTag;
    this.#onOver = onOver;
  }

  /** RFC 4488 §4: the peer will not report; else Timer N runs. */
  accepted(response: SipResponse): void {
    if (response.get(ReferSub)?.subscribe === false) this.end();
    else if (!this.#isOver && !this.#timer.armed) {
      const { wheel, transactions } = this.#environment;
      wheel.arm(this.#timer, 64 * transactions.timers.t1);
    }
  }

  takes(request: SipRequest): boolean {
    if (request.method !== "NOTIFY") return false;
    const event = eventOf(request);
    // RFC 3515 §2.4.6: the id is the CSeq of the REFER; the first one's NOTIFYs may go without.
    return event?.package === "refer" && (event.id === undefined || this.#ids.has(event.id));
  }

  receiveFirst(transaction: ServerTransaction, request: SipRequest): boolean {
    if (!this.takes(request) || this.#dialog !== undefined) return false;
    const parts = dialogOfRequest(request, this.#localTag, transaction.flow, "confirmed");
    if (parts === undefined) return false;
    const flow = this.#identity.owns(transaction.flow) ? transaction.flow : undefined;
    const localSequence = Math.max(...[...this.#ids].map(Number));
    this.join(this.#environment.dialogs.add({ ...parts, isCaller: true, localSequence, flow }));
    this.onRequest(transaction, request);
    return true;
  }

  onRequest(transaction: ServerTransaction, request: SipRequest): void {
    const state = request.get(SubscriptionState);
    if (state === undefined) {
      const refusal = { status: 400, reason: "Missing Subscription-State Header Field" };
      answerLines(this.#environment, transaction, request, refusal);
      return;
    }
    answerLines(this.#environment, transaction, request, { status: 200 });
    this.#dialog?.refreshTarget(request);
    const report = parseSipfrag(request.body);
    if (report !== undefined) this.#report(report);
    const isLast = state.state.toLowerCase() === "terminated" || this.#last.status >= 200;
    if (isLast) {
      // §2.4.4: the subscription ends with the final status; a peer that forgets to say so is not waited for.
      this.end();
      return;
    }
    const { wheel, transactions } = this.#environment;
    const seconds = SubscriptionExpires.get(state.params);
    wheel.arm(this.#timer, seconds === undefined ? 64 * transactions.timers.t1 * 6 : seconds * 1000);
  }

  onDialogLost(): void {
    this.end();
  }

  unsubscribe(): void {
    const dialog = this.#dialog;
    if (this.#isOver) return;
    if (dialog === undefined) {
      this.end();
      return;
    }
    const [id] = this.#ids;
    const headers: HeaderLine[] = [
      ["Event", `refer;id=${id}`],
      ["Expires", "0"],
    ];
    const over = (): void => this.end();
    sendInDialog(this.#environment, dialog, this.#identity, { method: "SUBSCRIBE", headers }).then(over, over);
  }

  /** Nothing more is heard. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#environment.wheel.cancel(this.#timer);
    this.#dialog?.removeUsage(this);
    this.#onOver();
    this.#resolve(this.#last.status >= 200 ? this.#last : { status: 0, reason: this.#last.reason });
  }

  #report(report: Report): void {
    this.#last = report;
    try {
      this.#onProgress?.(report.status, report.reason);
    } catch (error) {
      this.#environment.onError(error);
    }
  }
}
