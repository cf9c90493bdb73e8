/** Writes a call to a WAV file: both sides mixed, or one on each channel. What was written stays playable when the program dies. */

import { type FileHandle, open } from "node:fs/promises";
import type { Tap } from "../audio/source.ts";
import { recordingFailed } from "../errors.ts";
import { frameSamples } from "../frame.ts";
import { formatWavHeader, wavHeaderBytes } from "./wav.ts";

export interface RecordingOptions {
  readonly path: string;
  /** `dual`: what we sent left, what we heard right. Default `mono`: both together. */
  readonly channels?: "mono" | "dual";
  /** Hz. Default 8,000. */
  readonly sampleRate?: number;
  /** The recording ends by itself after so many octets of sound. Default 2 GiB; a WAV file cannot hold more than 4. */
  readonly maxBytes?: number;
}

export interface RecordingResult {
  readonly path: string;
  readonly bytes: number;
  readonly ms: number;
}

/** Frames between two writes: half a second. The header says with each what is there. */
const framesPerWrite = 25;
/** Frames that wait while the disk is slow: 30 s. Beyond that the recording fails rather than eat memory. */
const maxWaiting = 60;
const defaultMaxBytes = 2 * 1_024 ** 3;

export class Recorder implements Tap {
  readonly sampleRate: number;
  readonly #file: FileHandle;
  readonly #options: RecordingOptions;
  readonly #channels: 1 | 2;
  readonly #maxBytes: number;
  readonly #onFailed: (error: Error) => void;
  readonly #block: Int16Array;
  #filled = 0;
  #written = 0;
  #waiting = 0;
  #queue: Promise<void> = Promise.resolve();
  #failed = false;
  #finished: Promise<RecordingResult> | undefined;

  private constructor(file: FileHandle, options: RecordingOptions, onFailed: (error: Error) => void) {
    this.#file = file;
    this.#options = options;
    this.sampleRate = options.sampleRate ?? 8_000;
    this.#channels = options.channels === "dual" ? 2 : 1;
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
    this.#onFailed = onFailed;
    this.#block = new Int16Array(framesPerWrite * frameSamples(this.sampleRate) * this.#channels);
  }

  /** Never overwrites. Rejects with `MEDIA_RECORDING_FAILED`; `onFailed` gets the same error when a later write fails. */
  static async open(options: RecordingOptions, onFailed: (error: Error) => void): Promise<Recorder> {
    try {
      const recorder = new Recorder(await open(options.path, "wx"), options, onFailed);
      await recorder.#file.write(recorder.#header(), 0, wavHeaderBytes, 0);
      return recorder;
    } catch (error) {
      throw recordingFailed.from(error, options.path, (error as Error).message);
    }
  }

  frame(sent: Int16Array, heard: Int16Array): void {
    if (this.#failed || this.#finished !== undefined) return;
    const block = this.#block;
    let at = this.#filled;
    for (let index = 0; index < sent.length; index++) {
      if (this.#channels === 2) {
        block[at++] = sent[index]!;
        block[at++] = heard[index]!;
      } else {
        const sum = sent[index]! + heard[index]!;
        block[at++] = sum > 32_767 ? 32_767 : Math.max(sum, -32_768);
      }
    }
    this.#filled = at;
    if (at === block.length) this.#flush();
  }

  /** Writes what is left and closes the file. */
  finish(): Promise<RecordingResult> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  [Symbol.dispose](): void {
    void this.finish();
  }

  async #finish(): Promise<RecordingResult> {
    if (!this.#failed) this.#flush();
    await this.#queue;
    await this.#file.close().catch(() => {});
    const perSecond = this.sampleRate * this.#channels * 2;
    return { path: this.#options.path, bytes: this.#written, ms: (this.#written * 1_000) / perSecond };
  }

  #flush(): void {
    if (this.#filled === 0) return;
    // WAV is little-endian, as every machine that runs this.
    const octets = Buffer.from(this.#block.slice(0, this.#filled).buffer);
    this.#filled = 0;
    const at = wavHeaderBytes + this.#written;
    if (this.#written + octets.length > this.#maxBytes) {
      this.#fail(`it reached its limit of ${this.#maxBytes} octets`);
      return;
    }
    if (this.#waiting >= maxWaiting) {
      this.#fail("the disk is too slow");
      return;
    }
    this.#written += octets.length;
    const header = this.#header();
    this.#waiting++;
    this.#queue = this.#queue
      .then(async () => {
        // Samples first: a header never promises what is not there.
        await this.#file.write(octets, 0, octets.length, at);
        await this.#file.write(header, 0, wavHeaderBytes, 0);
      })
      .catch((error: unknown) => this.#fail((error as Error).message))
      .finally(() => {
        this.#waiting--;
      });
  }

  #fail(why: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#onFailed(recordingFailed(this.#options.path, why));
  }

  #header(): Uint8Array {
    return formatWavHeader(this.sampleRate, this.#channels, this.#written);
  }
}
