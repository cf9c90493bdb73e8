/** Plays WAV files: any rate, channels mixed down to one. */

import { decodeAlaw, decodeUlaw } from "@trapezoid/codec";
import type { Source } from "../audio/source.ts";
import { frameSamples } from "../frame.ts";
import type { FileFeed } from "./file-feed.ts";
import type { WavFormat } from "./wav.ts";

export class WavSource implements Source {
  readonly sampleRate: number;
  /** Frames that were silent because the disk was too slow. */
  starved = 0;
  readonly #feed: FileFeed;
  readonly #format: WavFormat;
  readonly #loop: boolean;
  readonly #samples: Int16Array;
  #left: number;
  #rewinding = false;

  /** `feed` stands at the first sample. */
  constructor(feed: FileFeed, format: WavFormat, loop: boolean) {
    this.#feed = feed;
    this.#format = format;
    this.#loop = loop;
    // Rates that 20 ms do not divide (11,025) are played at the nearest that they do: 0.2 % off at most.
    this.sampleRate = Math.round(format.sampleRate / 50) * 50;
    this.#left = format.dataBytes;
    this.#samples = new Int16Array(frameSamples(this.sampleRate) * format.channels);
  }

  read(frame: Int16Array): boolean {
    if (this.#rewinding) {
      this.starved++;
      frame.fill(0);
      return true;
    }
    const { channels, encoding } = this.#format;
    const width = (encoding === "pcm16" ? 2 : 1) * channels;
    const wanted = frame.length * width;
    const bytes = Math.min(wanted, this.#left);
    // Less than a frame is left: what there is, then the end.
    let octets = bytes < width ? undefined : this.#feed.take(bytes);
    if (octets === undefined) {
      if (bytes >= width && !this.#feed.drained) {
        this.starved++;
        frame.fill(0);
        return true;
      }
      const rest = Math.floor(Math.min(this.#feed.ready, bytes) / width) * width;
      octets = rest === 0 ? undefined : this.#feed.take(rest);
      if (octets === undefined) return this.#end(frame);
      this.#left = 0;
    } else this.#left -= bytes;
    this.#decode(octets, frame);
    return true;
  }

  [Symbol.dispose](): void {
    this.#feed[Symbol.dispose]();
  }

  #end(frame: Int16Array): boolean {
    if (!this.#loop) return false;
    this.#rewinding = true;
    this.#left = this.#format.dataBytes;
    void this.#feed.seek(this.#format.dataAt).then(() => {
      this.#rewinding = false;
    });
    frame.fill(0);
    return true;
  }

  #decode(octets: Uint8Array, frame: Int16Array): void {
    const { channels, encoding } = this.#format;
    const samples = this.#samples.fill(0);
    if (encoding === "ulaw") decodeUlaw(octets, samples);
    else if (encoding === "alaw") decodeAlaw(octets, samples);
    else {
      for (let index = 0; 2 * index + 1 < octets.length; index++) {
        samples[index] = octets[2 * index]! | (octets[2 * index + 1]! << 8);
      }
    }
    for (let index = 0; index < frame.length; index++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += samples[index * channels + channel]!;
      frame[index] = sum / channels;
    }
  }
}
