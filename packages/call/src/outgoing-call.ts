/** A call of ours. */

import type { InviteOptions, OutgoingSession, UserAgentCore } from "@trapezoid/sip/agent";
import type { Uri } from "@trapezoid/sip/message";
import { BaseCall } from "./base-call.ts";
import { nobodyAnswered } from "./call-end.ts";
import type { CallHouse } from "./call-house.ts";
import type { CallOptions, OutgoingCall } from "./contract.ts";
import type { CallParts } from "./session-call.ts";

const defaultRingSeconds = 180;

export class DialledCall extends BaseCall implements OutgoingCall {
  readonly direction = "outgoing";
  readonly session: OutgoingSession;
  readonly ringing: Promise<number>;

  constructor(house: CallHouse, parts: CallParts, core: UserAgentCore, target: Uri | string, options: CallOptions) {
    super(house, parts);
    const { ringSeconds = defaultRingSeconds, video: _video, media: _media, ...rest } = options;
    const invite: InviteOptions = { ...rest, handlers: this.handlers, expiresSeconds: ringSeconds };
    try {
      this.session = core.invite(target, invite);
    } catch (error) {
      void this.sound.close();
      throw error;
    }
    const ringing = Promise.withResolvers<number>();
    this.ringing = ringing.promise;
    this.ringing.catch(() => {});
    // 100 says that a server has it, not that it rings.
    this.session.events.on("progress", (_leg, status) => {
      if (status > 100) ringing.resolve(status);
    });
    this.begin();
    this.answered.then(() => ringing.resolve(200), ringing.reject);
    this.#limitRinging(ringSeconds);
  }

  #limitRinging(seconds: number): void {
    const timer = this.house.clock.after(seconds * 1_000, () => this.giveUp(nobodyAnswered(seconds)));
    const stop = (): void => timer[Symbol.dispose]();
    this.session.events.once("accepted", stop);
    void this.session.ended.then(stop);
  }
}
