/** What changes in a running call by our will, one change after the other: hold, video, where we are. RFC 3261 §14.1, RFC 3264 §8. */

import type { InviteSession } from "@trapezoid/sip/agent";
import { unlessAborted } from "./abortable.ts";
import { CallError } from "./errors.ts";
import type { CallMedia } from "./media-port.ts";
import type { MediaWishes } from "./media-wishes.ts";
import type { PlaySource } from "./values.ts";

export interface ChangingCall {
  readonly session: InviteSession;
  readonly media: CallMedia;
  readonly wishes: MediaWishes;
  readonly over: AbortSignal;
  /** For people. */
  warn(text: string): void;
}

export class CallChanges {
  readonly #call: ChangingCall;
  #turn: Promise<unknown> = Promise.resolve();
  /** By the application; what is on hold is silent besides. */
  #isMuted = false;
  #music: AbortController | undefined;
  #afterAbort: Disposable | undefined;

  constructor(call: ChangingCall) {
    this.#call = call;
  }

  hold(play: PlaySource | undefined, signal: AbortSignal | undefined): Promise<void> {
    return this.#inTurn("holding", signal, async () => {
      const { wishes } = this.#call;
      if (!wishes.isHolding) await this.#change(wishes.holding(true), signal);
      else if (play === undefined) return;
      await this.#playMusic(play);
    });
  }

  resume(signal: AbortSignal | undefined): Promise<void> {
    return this.#inTurn("resuming", signal, async () => {
      const { wishes } = this.#call;
      if (!wishes.isHolding) return;
      await this.#change(wishes.holding(false), signal);
      this.#music?.abort();
      this.#music = undefined;
      await this.#applyMute();
    });
  }

  setVideo(on: boolean, signal: AbortSignal | undefined): Promise<void> {
    return this.#inTurn("changing video", signal, async () => {
      const { media, wishes } = this.#call;
      if (on === (media.agreed?.video !== undefined) && on === wishes.hasVideo) return;
      const change = wishes.video(on);
      await this.#change(change, signal);
      if (!on || media.agreed?.video !== undefined) return;
      change.undo();
      throw new CallError("CALL_VIDEO_REFUSED", "the other side takes no video; the call goes on as it was", {
        status: 488,
      });
    });
  }

  refresh(signal: AbortSignal | undefined): Promise<void> {
    return this.#inTurn("refreshing", signal, () => this.#reinvite(signal));
  }

  async mute(muted: boolean): Promise<void> {
    this.#isMuted = muted;
    await this.#applyMute();
  }

  /** What is played to who is held is heard, whether we are muted or not. */
  async #applyMute(): Promise<void> {
    await this.#call.media.mute(this.#call.wishes.isHolding ? this.#music === undefined : this.#isMuted);
  }

  async #playMusic(source: PlaySource | undefined): Promise<void> {
    const { media, over } = this.#call;
    this.#music?.abort();
    this.#music = source === undefined ? undefined : new AbortController();
    await this.#applyMute();
    if (source === undefined || this.#music === undefined) return;
    media.play(source, AbortSignal.any([this.#music.signal, over])).catch((error: Error) => {
      if (!over.aborted) this.#call.warn(`who is on hold hears nothing: ${error.message}`);
    });
  }

  async #change(change: { undo(): void; done(): void }, signal: AbortSignal | undefined): Promise<void> {
    this.#afterAbort?.[Symbol.dispose]();
    try {
      await this.#reinvite(signal);
    } catch (error) {
      change.undo();
      if (signal?.aborted) this.#undoWhatCrossed();
      throw error;
    }
    change.done();
    await this.#call.media.settled();
  }

  async #reinvite(signal: AbortSignal | undefined): Promise<void> {
    await this.#call.session.reinvite(signal === undefined ? {} : { signal });
  }

  /** RFC 3261 §9.1: a CANCEL may come too late, and the change is in force all the same; then it is taken back. */
  #undoWhatCrossed(): void {
    const { session } = this.#call;
    this.#afterAbort = session.events.on("modified", (_leg, by) => {
      if (by !== "local") return;
      this.#afterAbort?.[Symbol.dispose]();
      session.reinvite().catch((error: Error) => this.#call.warn(`what was given up is in force: ${error.message}`));
    });
  }

  #inTurn(what: string, signal: AbortSignal | undefined, run: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(() => {
      signal?.throwIfAborted();
      return run();
    });
    this.#turn = turn.catch(() => {});
    return unlessAborted(turn, signal, what);
  }
}
