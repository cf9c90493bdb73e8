/** Makes the other side heard: an element of our own, or the page's. */

import type { BrowserPlatform } from "./platform.ts";

export interface RemoteSoundOptions {
  readonly platform: BrowserPlatform;
  readonly output: HTMLMediaElement | false | undefined;
  readonly speaker: string | undefined;
  /** The browser lets the page make no sound. */
  onSilenced(text: string): void;
}

interface HasSink {
  setSinkId?(sinkId: string): Promise<void>;
}

export class RemoteSound {
  readonly #options: RemoteSoundOptions;
  #element: HTMLMediaElement | undefined;

  constructor(options: RemoteSoundOptions) {
    this.#options = options;
  }

  /** Plays the stream, whatever tracks it has now and later. */
  show(stream: MediaStream): void {
    if (this.#element !== undefined) return;
    const { output, speaker, platform } = this.#options;
    const element = output === undefined || output === false ? platform.createAudio() : output;
    this.#element = element;
    // Chromium gives Web Audio nothing of a stream that no element plays: a mute one does.
    if (output === false) element.muted = true;
    element.autoplay = true;
    element.srcObject = stream;
    if (speaker !== undefined) {
      (element as HasSink).setSinkId?.(speaker).catch((error: unknown) => {
        this.#options.onSilenced(`the loudspeaker that was chosen cannot be used: ${String(error)}`);
      });
    }
    element.play().catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== "NotAllowedError" || output === false) return;
      this.#options.onSilenced(
        "the browser plays no sound on this page before somebody has touched it: let a person press a button first",
      );
    });
  }

  close(): void {
    const element = this.#element;
    this.#element = undefined;
    if (element === undefined) return;
    element.pause();
    element.srcObject = null;
  }
}
