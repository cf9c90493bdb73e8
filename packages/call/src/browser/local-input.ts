/** Microphone and camera: asked for once, on first need; own streams cloned; all let go in the end. Media Capture and Streams. */

import { inputFailed, noTrack } from "./errors.ts";
import type { BrowserPlatform } from "./platform.ts";
import type { InputChoice } from "./settings.ts";

type Device = "microphone" | "camera";

export class LocalInput {
  readonly #device: Device;
  readonly #choice: InputChoice;
  readonly #platform: BrowserPlatform;
  readonly #onLost: () => void;
  #track: Promise<MediaStreamTrack | undefined> | undefined;
  #isClosed = false;

  /** @param onLost What was opened is gone: pulled out, or forbidden meanwhile. */
  constructor(device: Device, choice: InputChoice, platform: BrowserPlatform, onLost: () => void) {
    this.#device = device;
    this.#choice = choice;
    this.#platform = platform;
    this.#onLost = onLost;
  }

  /** Whether there is to be one at all. */
  get isWanted(): boolean {
    return this.#choice !== false;
  }

  /** `undefined` where none is wanted. Rejects with a `CallError` that tells a person what to do; the next call asks again. */
  open(): Promise<MediaStreamTrack | undefined> {
    if (!this.isWanted) return Promise.resolve(undefined);
    this.#track ??= this.#ask().catch((error: unknown) => {
      this.#track = undefined;
      throw error;
    });
    return this.#track;
  }

  /** Lets go of it. It may be opened again. */
  release(): void {
    const track = this.#track;
    this.#track = undefined;
    track?.then(
      (opened) => opened?.stop(),
      () => {},
    );
  }

  close(): void {
    this.#isClosed = true;
    this.release();
  }

  async #ask(): Promise<MediaStreamTrack> {
    const track = await this.#obtain();
    // The question may have stood on the screen for longer than the call.
    if (this.#isClosed) track.stop();
    // Stopping it ourselves makes no event.
    track.onended = () => {
      this.#track = undefined;
      this.#onLost();
    };
    return track;
  }

  async #obtain(): Promise<MediaStreamTrack> {
    const choice = this.#choice;
    if (typeof choice === "function") return this.#clone(await choice());
    if (choice instanceof this.#platform.MediaStream) return this.#clone(choice);
    const constraints = typeof choice === "boolean" ? true : (choice as MediaTrackConstraints);
    let stream: MediaStream;
    try {
      stream = await this.#platform.getUserMedia(
        this.#device === "microphone" ? { audio: constraints } : { video: constraints },
      );
    } catch (error) {
      throw inputFailed(this.#device, error);
    }
    const track = this.#first(stream);
    if (track === undefined) throw noTrack(this.#device);
    return track;
  }

  #clone(stream: MediaStream): MediaStreamTrack {
    const track = this.#first(stream);
    if (track === undefined || track.readyState !== "live") throw noTrack(this.#device);
    return track.clone();
  }

  #first(stream: MediaStream): MediaStreamTrack | undefined {
    return this.#device === "microphone" ? stream.getAudioTracks()[0] : stream.getVideoTracks()[0];
  }
}
