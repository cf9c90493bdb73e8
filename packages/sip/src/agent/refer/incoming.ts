/** A REFER to us: refused, or accepted and reported on. RFC 3515 §2.4, RFC 3892 §2.2, RFC 4488 §4, RFC 5589. */

import type { DialogId } from "../../dialog/contract.ts";
import { dialogOfRequest } from "../../dialog/create-dialog.ts";
import type { Dialog } from "../../dialog/dialog.ts";
import type { HeaderLine } from "../../message/build.ts";
import { ReferredBy, ReferSub, ReferTo } from "../../message/fields/refer.ts";
import type { SipRequest } from "../../message/message.ts";
import { EventId } from "../../message/param-fields/event.ts";
import { noParams } from "../../message/params.ts";
import type { NameAddr, Uri } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import { responseContact } from "../core/contact-text.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { respond } from "../core/responder.ts";
import { answerLines } from "../request/answer.ts";
import type { Refusal } from "../request/contract.ts";
import type { IncomingRefer, InviteSession, OutgoingSession, ReferProgress } from "../session/contract.ts";
import type { InDialog } from "../session/house.ts";
import { NotifierUsage } from "../subscription/notifier-usage.ts";
import { type ReferTarget, readReferTarget } from "./refer-target.ts";
import { formatSipfrag } from "./sipfrag.ts";

/** Seconds that the reports may take: as long as a call may ring. */
const reportSeconds = 180;

/** §2.4.2: exactly one Refer-To, which names what can be sent to. */
export function checkRefer(request: SipRequest): Refusal | undefined {
  const lines = request.headers("Refer-To");
  if (lines.length !== 1 || request.get(ReferTo) === undefined) {
    return { status: 400, reason: "Missing, Bad Or Multiple Refer-To Header Field" };
  }
  return undefined;
}

export interface ReferEntryParts {
  readonly environment: Environment;
  readonly identity: LocalIdentity;
  readonly transaction: ServerTransaction;
  readonly request: SipRequest;
  /** The dialog that it came in. */
  readonly dialog: Dialog | undefined;
  /** The session of that dialog. */
  readonly inDialog: InDialog | undefined;
  readonly targetDialog: DialogId | undefined;
}

export class ReferEntry implements IncomingRefer {
  readonly request: SipRequest;
  readonly referredBy: NameAddr | undefined;
  readonly session: InviteSession | undefined;
  readonly targetDialog: DialogId | undefined;
  readonly #parts: ReferEntryParts;
  readonly #target: ReferTarget;
  #progress: ReferProgress | undefined;
  #isRefused = false;

  /** The REFER has passed `checkRefer`. */
  constructor(parts: ReferEntryParts) {
    this.#parts = parts;
    this.request = parts.request;
    this.session = parts.inDialog?.session;
    this.targetDialog = parts.targetDialog;
    this.referredBy = parts.request.get(ReferredBy);
    this.#target = readReferTarget(parts.request.get(ReferTo)!.uri);
  }

  get target(): Uri {
    return this.#target.uri;
  }

  get method(): string {
    return this.#target.method;
  }

  get replaces(): string | undefined {
    return this.#target.replaces;
  }

  get headers(): readonly HeaderLine[] {
    return this.#target.headers;
  }

  accept(): ReferProgress {
    if (this.#isRefused) throw new TypeError("the REFER has been refused already");
    this.#progress ??= this.#accept();
    return this.#progress;
  }

  refuse(status: number, reason?: string): void {
    if (this.#progress !== undefined || this.#isRefused) return;
    this.#isRefused = true;
    const { environment, transaction, inDialog } = this.#parts;
    const lines = inDialog?.lines.response(this.request, status);
    answerLines(environment, transaction, this.request, { status, reason }, lines);
  }

  #accept(): ReferProgress {
    const { environment, identity, transaction, request, inDialog } = this.#parts;
    // RFC 4488 §4: who wants no reports gets none, and is told so.
    const isSilent = request.get(ReferSub)?.subscribe === false;
    const dialog = this.#parts.dialog ?? this.#newDialog(isSilent);
    const contact = responseContact(identity, transaction.flow, request, dialog, inDialog?.privacy);
    const headers: HeaderLine[] = [...(inDialog?.lines.response(request, 202) ?? [])];
    if (isSilent) headers.push(["Refer-Sub", ReferSub.format({ subscribe: false, params: noParams })]);
    const toTag = dialog?.localTag ?? environment.transactions.newTag();
    respond(environment, transaction, request, 202, { toTag, headers, contact });
    if (dialog === undefined || isSilent) return new Reports(undefined);
    const id = `${request.cseq?.sequence ?? 0}`;
    let current = formatSipfrag(100);
    const usage = new NotifierUsage({
      environment,
      identity,
      dialog,
      ids: inDialog?.legs.find((leg) => leg.dialog === dialog)?.ids,
      // RFC 3515 §2.4.6.
      event: { package: "refer", id, params: EventId.set(noParams, id) },
      eventName: "refer",
      expiresSeconds: reportSeconds,
      state: "active",
      current: () => current,
      onEnd: () => {},
    });
    // §2.4.4: the first report at once.
    usage.notify();
    return new Reports((status, reason) => {
      current = formatSipfrag(status, reason);
      if (status < 200) usage.notify();
      else usage.terminate("noresource");
    });
  }

  #newDialog(isSilent: boolean): Dialog | undefined {
    if (isSilent) return undefined;
    const { environment, identity, transaction, request } = this.#parts;
    const { flow } = transaction;
    const parts = dialogOfRequest(request, environment.transactions.newTag(), flow, "confirmed");
    if (parts === undefined) return undefined;
    return environment.dialogs.add({ ...parts, flow: identity.owns(flow) ? flow : undefined });
  }
}

class Reports implements ReferProgress {
  readonly #send: ((status: number, reason: string | undefined) => void) | undefined;
  #isFinal = false;

  constructor(send: ((status: number, reason: string | undefined) => void) | undefined) {
    this.#send = send;
  }

  report(status: number, reason?: string): void {
    if (this.#isFinal) return;
    this.#isFinal = status >= 200;
    this.#send?.(status, reason);
  }

  follow(session: OutgoingSession): void {
    const listening = session.events.on("progress", (_leg, status, response) => this.report(status, response?.reason));
    session.confirmed.then(
      () => this.report(200),
      () => {},
    );
    void session.ended.then(({ status, reason }) => {
      listening[Symbol.dispose]();
      // A call that was given up, or whose way broke, has a status of its own, too.
      this.report(status >= 300 ? status : 487, status >= 300 ? reason : undefined);
    });
  }
}
