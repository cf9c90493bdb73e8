/** What we would like to send and hear: hold and video, offered and answered. RFC 3264 §8.4, RFC 6337 §5.3. */

import type { WantedMedia } from "./media-port.ts";
import type { AgreedMedia } from "./values.ts";

export class MediaWishes {
  #isHolding = false;
  /** Whether our offers have video. */
  #hasVideo: boolean;
  /** Whether video that is offered is taken. */
  #takesVideo: boolean;

  constructor(wantsVideo: boolean) {
    this.#hasVideo = wantsVideo;
    this.#takesVideo = wantsVideo;
  }

  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Never less than we want: what the other side has on hold is its own matter, and it says so in its answer (RFC 6337 §5.3). */
  get inOffer(): WantedMedia {
    return this.#wanted(this.#hasVideo);
  }

  get inAnswer(): WantedMedia {
    return this.#wanted(this.#takesVideo);
  }

  takeVideo(): void {
    this.#takesVideo = true;
  }

  holding(on: boolean): { undo(): void } {
    const before = this.#isHolding;
    this.#isHolding = on;
    return {
      undo: () => {
        this.#isHolding = before;
      },
    };
  }

  video(on: boolean): { undo(): void } {
    const before = [this.#hasVideo, this.#takesVideo] as const;
    this.#hasVideo = on;
    this.#takesVideo = on;
    return {
      undo: () => {
        [this.#hasVideo, this.#takesVideo] = before;
      },
    };
  }

  /** The other side may have added video, or dropped it. */
  heed(agreed: AgreedMedia): void {
    this.#hasVideo = agreed.video !== undefined;
  }

  #wanted(video: boolean): WantedMedia {
    const direction = this.#isHolding ? "sendonly" : "sendrecv";
    return { audio: direction, video: video ? direction : undefined };
  }
}
