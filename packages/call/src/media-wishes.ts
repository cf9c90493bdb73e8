/** What we would like to send and hear: hold and video, offered and answered. RFC 3264 §8.4, RFC 6337 §5.3. */

import type { WantedMedia } from "./media-port.ts";
import type { AgreedMedia } from "./values.ts";

/** A wish that SIP is being asked for: it is granted, or taken back. */
export interface Wish {
  done(): void;
  undo(): void;
}

export class MediaWishes {
  #isHolding = false;
  /** Whether our offers have video. */
  #hasVideo: boolean;
  /** Whether video that is offered is taken. */
  #takesVideo: boolean;
  /** Whether video is being asked for, or dropped. */
  #isChangingVideo = false;

  constructor(wantsVideo: boolean) {
    this.#hasVideo = wantsVideo;
    this.#takesVideo = wantsVideo;
  }

  get isHolding(): boolean {
    return this.#isHolding;
  }

  get hasVideo(): boolean {
    return this.#hasVideo;
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

  holding(on: boolean): Wish {
    const before = this.#isHolding;
    this.#isHolding = on;
    return {
      done: () => {},
      undo: () => {
        this.#isHolding = before;
      },
    };
  }

  video(on: boolean): Wish {
    const before = [this.#hasVideo, this.#takesVideo] as const;
    this.#hasVideo = on;
    this.#takesVideo = on;
    this.#isChangingVideo = true;
    const done = (): void => {
      this.#isChangingVideo = false;
    };
    return {
      done,
      undo: () => {
        [this.#hasVideo, this.#takesVideo] = before;
        done();
      },
    };
  }

  /** The other side may have added video, or dropped it; what we are asking for is still to be asked. */
  heed(agreed: AgreedMedia): void {
    if (!this.#isChangingVideo) this.#hasVideo = agreed.video !== undefined;
  }

  #wanted(video: boolean): WantedMedia {
    const direction = this.#isHolding ? "sendonly" : "sendrecv";
    return { audio: direction, video: video ? direction : undefined };
  }
}
