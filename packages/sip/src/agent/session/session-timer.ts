/** Keeps a session alive, or ends one that nobody keeps alive. RFC 4028. */

import { CallbackTimer } from "@trapezoid/base";
import type { HeaderLine } from "../../message/build.ts";
import { MinSe, SessionExpires } from "../../message/fields/time.ts";
import type { SipMessage } from "../../message/message.ts";
import { Refresher } from "../../message/param-fields/dialog.ts";
import { noParams } from "../../message/params.ts";
import type { Environment } from "../core/environment.ts";
import type { Refusal } from "../request/contract.ts";
import {
  type AgreedTimer,
  expiryMs,
  judgeRequest,
  leastSeconds,
  readSuccess,
  refreshMs,
} from "./session-timer-rules.ts";

export interface SessionTimerHost {
  /** UPDATE or re-INVITE; the result tells whether it was accepted. */
  refresh(): Promise<boolean>;
  /** BYE (§10). */
  expire(): void;
}

/** A refresh that failed is tried again while this much is left. */
const LAST_TRY_MS = 10_000;

export class SessionTimer {
  readonly #environment: Environment;
  readonly #host: SessionTimerHost;
  readonly #refresh: CallbackTimer;
  readonly #expiry: CallbackTimer;
  #agreed: { readonly expiresSeconds: number; readonly refresher: "local" | "remote" } | undefined;
  #minSeconds: number;
  #expiresAt = 0;
  #isOver = false;

  constructor(environment: Environment, host: SessionTimerHost) {
    this.#environment = environment;
    this.#host = host;
    this.#minSeconds = Math.max(leastSeconds, environment.sessionTimer.minSeconds);
    this.#refresh = new CallbackTimer(() => {
      this.#tryRefresh().catch((error) => environment.onError(error));
    });
    this.#expiry = new CallbackTimer(() => host.expire());
  }

  get agreed(): { readonly expiresSeconds: number; readonly refresher: "local" | "remote" } | undefined {
    return this.#agreed;
  }

  /** §7.1, §7.4: lines of an INVITE or UPDATE of ours. */
  requestLines(): HeaderLine[] {
    const wanted = this.#agreed?.expiresSeconds ?? this.#environment.sessionTimer.expiresSeconds;
    if (wanted <= 0) return [];
    const seconds = Math.max(wanted, this.#minSeconds);
    // §7.4: who refreshes stays who it is.
    const refresher = this.#agreed === undefined ? this.#preferred() : this.#agreed.refresher;
    const params = refresher === undefined ? noParams : Refresher.set(noParams, refresher === "local" ? "uac" : "uas");
    const lines: HeaderLine[] = [["Session-Expires", SessionExpires.format({ seconds, params })]];
    if (this.#minSeconds > leastSeconds) {
      lines.push(["Min-SE", MinSe.format({ seconds: this.#minSeconds, params: noParams })]);
    }
    return lines;
  }

  /** §7.3: after 422 with its Min-SE the request may be sent again; false when it says nothing new. */
  heedTooSmall(response: SipMessage): boolean {
    const least = response.get(MinSe)?.seconds ?? 0;
    if (least <= this.#minSeconds) return false;
    this.#minSeconds = least;
    return true;
  }

  /** §9: a refusal, or the lines of the 2xx. They count from `start`. */
  judge(request: SipMessage): Refusal | { readonly lines: HeaderLine[]; readonly start: () => void } {
    // §7.4: of what either side has said on this dialog, the most counts for our own requests.
    this.#minSeconds = Math.max(this.#minSeconds, request.get(MinSe)?.seconds ?? 0);
    const known = this.#agreed === undefined ? undefined : this.#agreed.refresher === "remote" ? "uac" : "uas";
    const verdict = judgeRequest(request, this.#environment.sessionTimer, known);
    if (verdict.kind === "too-small") {
      return { status: 422, headers: [["Min-SE", `${verdict.minSeconds}`]] };
    }
    if (verdict.kind === "none") return { lines: [], start: () => this.#stopTimers() };
    const { timer, requires } = verdict;
    const params = Refresher.set(noParams, timer.refresher);
    const lines: HeaderLine[] = [["Session-Expires", SessionExpires.format({ seconds: timer.expiresSeconds, params })]];
    if (requires) lines.push(["Require", "timer"]);
    return { lines, start: () => this.#start(timer, timer.refresher === "uas" ? "local" : "remote") };
  }

  /** §7.2: a 2xx to an INVITE or UPDATE of ours. */
  onSuccess(response: SipMessage): void {
    const timer = readSuccess(response);
    if (timer === undefined) this.#stopTimers();
    else this.#start(timer, timer.refresher === "uac" ? "local" : "remote");
  }

  stop(): void {
    this.#isOver = true;
    this.#stopTimers();
  }

  #preferred(): "local" | "remote" | undefined {
    const { refresher } = this.#environment.sessionTimer;
    return refresher === "any" ? undefined : refresher;
  }

  #start(timer: AgreedTimer, refresher: "local" | "remote"): void {
    if (this.#isOver) return;
    const { wheel } = this.#environment;
    this.#agreed = { expiresSeconds: timer.expiresSeconds, refresher };
    this.#expiresAt = wheel.now() + expiryMs(timer);
    wheel.arm(this.#expiry, expiryMs(timer));
    if (refresher === "local") wheel.arm(this.#refresh, refreshMs(timer));
    else wheel.cancel(this.#refresh);
  }

  #stopTimers(): void {
    this.#agreed = undefined;
    this.#environment.wheel.cancel(this.#refresh);
    this.#environment.wheel.cancel(this.#expiry);
  }

  async #tryRefresh(): Promise<void> {
    if (await this.#host.refresh()) return;
    const leftMs = this.#expiresAt - this.#environment.wheel.now();
    if (this.#isOver || this.#agreed?.refresher !== "local" || leftMs < LAST_TRY_MS) return;
    this.#environment.wheel.arm(this.#refresh, leftMs / 2);
  }
}
