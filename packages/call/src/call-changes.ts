/** What changes in a running call by our will: hold, video, where we are. RFC 3261 §14.1, RFC 3264 §8. */

import type { InviteSession, ModifyOptions } from "@trapezoid/sip/agent";
import { CallError } from "./errors.ts";
import type { CallMedia } from "./media-port.ts";
import type { MediaWishes } from "./media-wishes.ts";
import type { PlaySource } from "./values.ts";

export interface ChangingCall {
  readonly session: InviteSession;
  readonly media: CallMedia;
  readonly wishes: MediaWishes;
  readonly over: AbortSignal;
  onError(error: unknown): void;
}

export class CallChanges {
  readonly #call: ChangingCall;
  /** As the application has asked for; holding in silence mutes beside that. */
  #isMuted = false;
  /** What the other side hears while we hold. */
  #music: AbortController | undefined;

  constructor(call: ChangingCall) {
    this.#call = call;
  }

  async hold(play: PlaySource | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { media, wishes, over } = this.#call;
    if (wishes.isHolding) return;
    await this.#change(wishes.holding(true), signal);
    if (play === undefined) {
      await media.mute(true);
      return;
    }
    const music = new AbortController();
    this.#music = music;
    media.play(play, AbortSignal.any([over, music.signal])).catch((error) => this.#call.onError(error));
  }

  async resume(signal: AbortSignal | undefined): Promise<void> {
    const { media, wishes } = this.#call;
    if (!wishes.isHolding) return;
    await this.#change(wishes.holding(false), signal);
    this.#music?.abort();
    this.#music = undefined;
    await media.mute(this.#isMuted);
  }

  async mute(muted: boolean): Promise<void> {
    const { media, wishes } = this.#call;
    this.#isMuted = muted;
    const isSilentHold = wishes.isHolding && this.#music === undefined;
    await media.mute(muted || isSilentHold);
  }

  async setVideo(on: boolean, signal: AbortSignal | undefined): Promise<void> {
    const { media, wishes } = this.#call;
    const change = wishes.video(on);
    await this.#change(change, signal);
    if (!on || media.agreed?.video !== undefined) return;
    change.undo();
    throw new CallError("CALL_VIDEO_REFUSED", "the other side takes no video; the call goes on as it was", {
      status: 488,
    });
  }

  async refresh(signal: AbortSignal | undefined): Promise<void> {
    await this.#call.session.reinvite(modification(signal));
  }

  async #change(change: { undo(): void }, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#call.session.reinvite(modification(signal));
    } catch (error) {
      change.undo();
      throw error;
    }
    await this.#call.media.settled();
  }
}

function modification(signal: AbortSignal | undefined): ModifyOptions {
  return signal === undefined ? {} : { signal };
}
