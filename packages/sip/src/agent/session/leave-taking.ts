/** The end of a session: by which message in which state, of either side. RFC 3261 §9.1, §15. */

import type { SipRequest } from "../../message/message.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import { sendInDialog } from "../request/dialog-request.ts";
import type { SessionHost } from "./host.ts";
import type { Leg } from "./leg.ts";
import { reasonLines } from "./reason.ts";
import type { SessionInput } from "./session-state.ts";
import type { EndCause, EndOptions } from "./values.ts";

export interface LeaveHost extends SessionHost {
  step(input: SessionInput): void;
  /** Takes leave before there is a 2xx. */
  leaveEarly(options: EndOptions): void;
}

export class LeaveTaking {
  readonly #host: LeaveHost;
  #options: EndOptions | undefined;
  #cause: EndCause | undefined;
  #isByeSent = false;

  constructor(host: LeaveHost) {
    this.#host = host;
  }

  get isLeaving(): boolean {
    return this.#options !== undefined;
  }

  /** Why we leave, where it is for more than that somebody wants to. */
  get cause(): EndCause | undefined {
    return this.#cause;
  }

  /** In the way that fits the state, once. */
  start(options: EndOptions, cause?: EndCause): void {
    const host = this.#host;
    const { state } = host;
    if (state === "ended" || this.#options !== undefined) return;
    this.#options = options;
    this.#cause = cause;
    if (state === "calling" || state === "early") {
      host.step("leave");
      host.leaveEarly(options);
    } else if (state === "confirmed") this.bye(cause ?? "bye", options);
    // §15: between 2xx and ACK nobody may hang up; `resume` does it.
  }

  /** The ACK is there. False: nobody wants to leave. */
  resume(): boolean {
    if (this.#options === undefined) return false;
    this.bye(this.#cause ?? "bye", this.#options);
    return true;
  }

  /** §15.1.1: BYE on the answered leg, and the end when it is answered, whatever the answer. */
  bye(cause: EndCause, options: EndOptions): void {
    const host = this.#host;
    const leg = host.current;
    if (host.state === "ended" || this.#isByeSent) return;
    this.#options ??= options;
    host.step("leave");
    this.#isByeSent = true;
    host.sessionTimer.stop();
    const end = (): void => host.finish({ cause, by: "local", status: 0, reason: "", message: undefined });
    if (leg === undefined || leg.state === "ended") end();
    else this.byeTo(leg, options).then(end, end);
  }

  byeTo(leg: Leg, options: EndOptions): Promise<unknown> {
    const host = this.#host;
    const headers = [...host.lines.request("BYE", leg), ...reasonLines(options.reasons), ...(options.headers ?? [])];
    return sendInDialog(host.house.environment, leg.dialog, host.identity, {
      ...host.lines.inDialog("BYE", leg),
      headers,
    });
  }

  /** §15.1.2. */
  onBye(transaction: ServerTransaction, request: SipRequest, leg: Leg): void {
    const host = this.#host;
    host.reply(transaction, request, 200);
    if (leg !== host.current && host.legs.length > 1) {
      host.endLeg(leg);
      return;
    }
    // A BYE that crosses ours ends it, too; ours has decided.
    if (this.#isByeSent) return;
    host.finish({ cause: "bye", by: "remote", status: 0, reason: "", message: request });
  }
}
