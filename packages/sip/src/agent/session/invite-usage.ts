/** The usage that a session has of each of its dialogs: which part of the session a request is for. RFC 5057 §4.1. */

import type { DialogUsage } from "../../dialog/contract.ts";
import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { SessionHost } from "./host.ts";
import type { InDialogServer } from "./in-dialog-server.ts";
import type { Leg } from "./leg.ts";
import type { ReinviteServer } from "./reinvite-server.ts";

export interface UsageHost extends SessionHost {
  readonly reinvites: ReinviteServer;
  readonly inDialog: InDialogServer;
  readonly leaving: { onBye(transaction: ServerTransaction, request: SipRequest, leg: Leg): void };
  /** RFC 3891 §3: another session takes the place of this one. */
  giveWay(): void;
  /** Of the first INVITE, where it came to us. */
  onInitialPrack?(transaction: ServerTransaction, request: SipRequest): void;
  onInitialAck?(request: SipRequest): void;
}

export class InviteUsage implements DialogUsage {
  readonly kind = "invite";
  /** The session. */
  readonly host: UsageHost;
  readonly #leg: Leg;

  constructor(host: UsageHost, leg: Leg) {
    this.host = host;
    this.#leg = leg;
  }

  takes(request: SipRequest): boolean {
    return request.method !== "SUBSCRIBE" && request.method !== "NOTIFY";
  }

  onRequest(transaction: ServerTransaction, request: SipRequest): void {
    const session = this.host;
    if (request.method === "BYE") {
      session.leaving.onBye(transaction, request, this.#leg);
      return;
    }
    if (session.state === "ending" || session.state === "ended") {
      session.reply(transaction, request, 481);
      return;
    }
    session.learn(request, this.#leg);
    switch (request.method) {
      case "INVITE":
        session.reinvites.onInvite(transaction, request, this.#leg);
        break;
      case "UPDATE":
        session.reinvites.onUpdate(transaction, request, this.#leg);
        break;
      case "PRACK":
        if (!session.reinvites.onPrack(transaction, request)) {
          if (session.onInitialPrack === undefined) session.reply(transaction, request, 481);
          else session.onInitialPrack(transaction, request);
        }
        break;
      default:
        session.inDialog.onRequest(transaction, request);
    }
  }

  onAck(request: SipRequest): void {
    this.#leg.ids.learn(request);
    if (!this.host.reinvites.onAck(request)) this.host.onInitialAck?.(request);
  }

  onDialogLost(status: number): void {
    const session = this.host;
    if (session.legs.length > 1 && session.current !== this.#leg) session.endLeg(this.#leg);
    else session.finish({ cause: "dialog-lost", by: "remote", status, reason: "", message: undefined });
  }
}
