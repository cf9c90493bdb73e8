/** Requests within a session that do not change it: INFO, MESSAGE, OPTIONS, REFER and others. RFC 6086, 3428, 3515, RFC 3261 §11. */

import { InfoPackage } from "../../message/fields/event.ts";
import { HeaderId } from "../../message/header-id.ts";
import type { SipRequest } from "../../message/message.ts";
import { isKnownMethod } from "../../message/methods.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import { decide } from "../core/decide.ts";
import { answerLines } from "../request/answer.ts";
import type { Answer, IncomingRequest, Reply } from "../request/contract.ts";
import type { SessionHost } from "./host.ts";

/** RFC 6086 §11.6. */
const badInfoPackage = 469;

export class InDialogServer {
  readonly #session: SessionHost;

  constructor(session: SessionHost) {
    this.#session = session;
  }

  onRequest(transaction: ServerTransaction, request: SipRequest): void {
    const { handlers, house } = this.#session;
    switch (request.method) {
      case "OPTIONS":
        // §11.2: within a dialog it is answered as outside.
        this.#reply(transaction, request, { status: 200, headers: house.environment.capabilities.acceptLines() });
        break;
      case "INFO":
        this.#onInfo(transaction, request);
        break;
      case "REFER":
        this.#onRefer(transaction, request);
        break;
      case "MESSAGE":
        this.#ask(transaction, request, handlers.onMessage?.bind(handlers));
        break;
      default:
        this.#ask(transaction, request, handlers.onRequest?.bind(handlers));
    }
  }

  #onInfo(transaction: ServerTransaction, request: SipRequest): void {
    const { handlers } = this.#session;
    const isPackaged = request.findLine(HeaderId["Info-Package"]) !== -1;
    const infoPackage = request.get(InfoPackage)?.package;
    const known = handlers.receiveInfo ?? [];
    // RFC 6086 §4.2.2: 469 names what would be taken.
    if (isPackaged && (handlers.onInfo === undefined || infoPackage === undefined || !known.includes(infoPackage))) {
      const headers = [["Recv-Info", known.join(", ")]] as const;
      this.#reply(transaction, request, { status: badInfoPackage, headers });
      return;
    }
    const { onInfo } = handlers;
    this.#ask(transaction, request, onInfo && ((incoming) => onInfo.call(handlers, incoming, infoPackage)));
  }

  #onRefer(transaction: ServerTransaction, request: SipRequest): void {
    const { handlers, house } = this.#session;
    if (handlers.onRefer === undefined) {
      this.#refuseMethod(transaction, request);
      return;
    }
    const refer = house.receiveRefer(transaction, request, this.#session);
    if (refer === undefined) return;
    house.decideRefer(refer, handlers.onRefer.bind(handlers));
  }

  #ask(
    transaction: ServerTransaction,
    request: SipRequest,
    handler: ((incoming: IncomingRequest) => Reply | Promise<Reply>) | undefined,
  ): void {
    if (handler === undefined) {
      this.#refuseMethod(transaction, request);
      return;
    }
    const { house } = this.#session;
    const incoming = house.incoming(transaction, request);
    decide(house.environment, () => handler(incoming)).then(
      (answer) => this.#reply(transaction, request, answer ?? { status: 200 }),
      () => this.#reply(transaction, request, { status: 500 }),
    );
  }

  /** §8.2.1, §21.5.2. */
  #refuseMethod(transaction: ServerTransaction, request: SipRequest): void {
    this.#reply(transaction, request, { status: isKnownMethod(request.method) ? 405 : 501 });
  }

  #reply(transaction: ServerTransaction, request: SipRequest, answer: Answer): void {
    const session = this.#session;
    const leg = session.legs.find(({ remoteTag }) => remoteTag === (request.fromTag ?? ""));
    if (answer.status < 300 && leg !== undefined) session.peer.hear(request, transaction.flow, leg.dialog);
    const lines = session.lines.response(request, answer.status);
    answerLines(session.house.environment, transaction, request, answer, lines);
  }
}
