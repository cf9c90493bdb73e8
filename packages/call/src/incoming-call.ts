/** A call to us. */

import type { IncomingSession } from "@trapezoid/sip/agent";
import type { Uri } from "@trapezoid/sip/message";
import { BaseCall } from "./base-call.ts";
import { nobodyTookIt } from "./call-end.ts";
import type { CallHouse } from "./call-house.ts";
import type { AnswerOptions, Call, IncomingCall } from "./contract.ts";
import type { CallParts } from "./session-call.ts";

export class ReceivedCall extends BaseCall implements IncomingCall {
  readonly direction = "incoming";
  readonly session: IncomingSession;
  #answering: Promise<void> | undefined;

  constructor(house: CallHouse, session: IncomingSession, parts: CallParts) {
    super(house, parts);
    this.session = session;
    this.begin();
    const { replaces } = this;
    if (replaces !== undefined) {
      session.events.once("accepted", () => replaces.events.emit("replaced", this));
    }
    this.#limitWaiting(house.maxWaitingSeconds);
  }

  get replaces(): Call | undefined {
    return this.house.callOf(this.session.replaces);
  }

  get joins(): Call | undefined {
    return this.house.callOf(this.session.joins);
  }

  header(name: string): readonly string[] {
    return this.session.invite.headers(name);
  }

  ring(): Promise<void> {
    return this.session.ring();
  }

  earlyMedia(): Promise<void> {
    return this.session.progress();
  }

  answer({ video = false, headers, signal }: AnswerOptions = {}): Promise<void> {
    if (video) this.wishes.takeVideo();
    // What fails ends the call, of which `answered` says how.
    this.#answering ??= this.session.accept(headers === undefined ? {} : { headers }).then(
      () => this.answered,
      () => this.answered,
    );
    return this.#unlessGivenUp(this.#answering, signal);
  }

  reject(status = 603, reason?: string): void {
    this.session.reject(status, { reason });
  }

  redirect(targets: readonly (string | Uri)[]): void {
    this.session.redirect(targets);
  }

  /** RFC 3261 §13.3.1.1 lets it ring as long as it likes: who is gone without a CANCEL would be waited for until the end of days. */
  #limitWaiting(seconds: number): void {
    if (seconds <= 0) return;
    const timer = this.house.clock.after(seconds * 1_000, () => {
      this.life.blame(nobodyTookIt(seconds));
      this.reject(480);
    });
    const stop = (): void => timer[Symbol.dispose]();
    this.session.events.once("accepted", stop);
    void this.session.ended.then(stop);
  }

  async #unlessGivenUp(answering: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    if (signal === undefined) return answering;
    const giveUp = (): void => void this.session.end({ status: 487 });
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      await answering;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }
}
