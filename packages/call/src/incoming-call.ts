/** A call to us. */

import type { IncomingSession } from "@trapezoid/sip/agent";
import type { Uri } from "@trapezoid/sip/message";
import { BaseCall } from "./base-call.ts";
import type { CallHouse } from "./call-house.ts";
import type { AnswerOptions, Call, IncomingCall } from "./contract.ts";
import type { CallMedia } from "./media-port.ts";

export class ReceivedCall extends BaseCall implements IncomingCall {
  readonly direction = "incoming";
  readonly session: IncomingSession;
  #answering: Promise<void> | undefined;

  constructor(house: CallHouse, sound: CallMedia, session: IncomingSession) {
    super(house, sound, false);
    this.session = session;
    this.begin();
    const { replaces } = this;
    if (replaces !== undefined) {
      session.events.once("accepted", () => replaces.events.emit("replaced", this));
    }
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
    const onAbort = (): void => void this.session.end({ status: 487 });
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#answering ??= this.session
      .accept(headers === undefined ? {} : { headers })
      .then(
        () => this.answered,
        () => this.answered,
      )
      .finally(() => signal?.removeEventListener("abort", onAbort));
    return this.#answering;
  }

  reject(status = 603, reason?: string): void {
    this.session.reject(status, { reason });
  }

  redirect(targets: readonly (string | Uri)[]): void {
    this.session.redirect(targets);
  }
}
