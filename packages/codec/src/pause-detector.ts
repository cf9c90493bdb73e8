/** Tells speech from the noise behind it, by how loud it is beside the quietest that was heard of late. ITU-T G.711 appendix II leaves the how open. */

import { type ComfortNoise, comfortNoiseOf, noiseLevelOf } from "./comfort-noise.ts";

/** Speech is louder than the noise behind it by this, dB. */
const aboveNoise = 8;
/** What is louder than this is never taken for noise, dBov: music and tones last long, too. */
const loudestNoise = -45;
/** What is quieter than this is nothing to anybody. */
const quietestSpeech = -72;
/** How fast a noise that became louder is believed to be noise, dB a second. */
const risePerSecond = 3;
/** Speech does not end with its last loud sound. */
const hangoverMs = 240;
/** A noise that became so much louder or softer is told anew, dB, but not before so long. */
const changed = 2;
const soonestMs = 100;
/** Share of the last frame in what is told: noise is not the same from frame to frame. */
const smoothing = 1 / 8;
/** A sign of life for whoever waits for packets, and for a NAT. */
const latestMs = 1_000;

export type Heard =
  | { readonly kind: "speech" }
  /** `noise` where the other side is to be told what the pause sounds like from now on. */
  | { readonly kind: "pause"; readonly noise: ComfortNoise | undefined };

const speech: Heard = { kind: "speech" };
const pause: Heard = { kind: "pause", noise: undefined };

export class PauseDetector {
  /** dBov, of the noise behind speech. */
  #floor = loudestNoise;
  #speechMs = hangoverMs;
  /** dBov, of the pause so far. */
  #pause = 0;
  /** What the other side was told last, and how long ago. */
  #told: number | undefined;
  #sinceMs = 0;

  /** The next samples, `ms` of them. */
  judge(samples: Int16Array, ms: number): Heard {
    const level = -noiseLevelOf(samples);
    const risen = this.#floor + (risePerSecond * ms) / 1_000;
    this.#floor = Math.max(quietestSpeech, Math.min(loudestNoise, level, risen));
    const isSpeech = level > quietestSpeech && (level > loudestNoise || level > this.#floor + aboveNoise);
    this.#speechMs = isSpeech ? hangoverMs : this.#speechMs - ms;
    if (this.#speechMs > 0) {
      this.#told = undefined;
      return speech;
    }
    this.#pause = this.#told === undefined ? level : this.#pause + smoothing * (level - this.#pause);
    this.#sinceMs += ms;
    const isNew =
      this.#told === undefined ||
      this.#sinceMs >= latestMs ||
      (this.#sinceMs >= soonestMs && Math.abs(this.#pause - this.#told) >= changed);
    if (!isNew) return pause;
    this.#told = this.#pause;
    this.#sinceMs = 0;
    return { kind: "pause", noise: { ...comfortNoiseOf(samples), level: Math.round(-this.#pause) } };
  }
}
