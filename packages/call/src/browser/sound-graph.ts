/** Web Audio of a call, opened on first need: what is played goes in here and comes out as a track; what is heard comes in. */

import type { Clock } from "@trapezoid/base";
import type { BrowserPlatform } from "./platform.ts";

/** How long `resume` may take where it is allowed. */
const WAKE_MS = 500;

export class SoundGraph {
  readonly context: AudioContext;
  /** What is to be sent goes here. */
  readonly outgoing: GainNode;
  /** What is heard comes from here, whichever track it is now. */
  readonly incoming: GainNode;
  readonly track: MediaStreamTrack;
  readonly #platform: BrowserPlatform;
  readonly #clock: Clock;
  #heard: MediaStreamAudioSourceNode | undefined;
  #module: Promise<void> | undefined;

  constructor(platform: BrowserPlatform, clock: Clock) {
    this.#platform = platform;
    this.#clock = clock;
    this.context = new platform.AudioContext({ latencyHint: "interactive" });
    this.outgoing = this.context.createGain();
    this.incoming = this.context.createGain();
    const out = this.context.createMediaStreamDestination();
    out.channelCount = 1;
    this.outgoing.connect(out);
    this.track = out.stream.getAudioTracks()[0]!;
  }

  /** Resolves with whether it sounds: a page that nobody has touched yet may be kept silent by its browser. */
  async wake(): Promise<boolean> {
    if (this.context.state === "running") return true;
    // Where it is not allowed, the promise waits for somebody to touch the page.
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(WAKE_MS, resolve);
      const done = (): void => {
        timer[Symbol.dispose]();
        resolve();
      };
      this.context.resume().then(done, done);
    });
    return (this.context.state as AudioContextState) === "running";
  }

  hear(track: MediaStreamTrack | undefined): void {
    this.#heard?.disconnect();
    this.#heard = undefined;
    if (track === undefined) return;
    this.#heard = this.source(track);
    this.#heard.connect(this.incoming);
  }

  /** A track as a node. */
  source(track: MediaStreamTrack): MediaStreamAudioSourceNode {
    return this.context.createMediaStreamSource(new this.#platform.MediaStream([track]));
  }

  /** Loads a worklet's module, once. Rejects as `addModule` does. */
  load(url: () => { readonly url: string; readonly release: () => void }): Promise<void> {
    this.#module ??= this.#load(url()).catch((error: unknown) => {
      this.#module = undefined;
      throw error;
    });
    return this.#module;
  }

  async close(): Promise<void> {
    this.hear(undefined);
    this.track.stop();
    if (this.context.state !== "closed") await this.context.close();
  }

  async #load({ url, release }: { readonly url: string; readonly release: () => void }): Promise<void> {
    try {
      await this.context.audioWorklet.addModule(url);
    } finally {
      release();
    }
  }
}
