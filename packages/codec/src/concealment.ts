/**
 * Fills the gaps that lost packets leave: the last pitch period is repeated, softer and softer, and faded into what follows. After the
 * idea of ITU-T G.711 appendix I, for any sample rate.
 */

/** Pitch of voices: 66 to 400 Hz. */
const longestPeriodMs = 15;
const shortestPeriodMs = 2.5;
/** How much of the past is compared. */
const windowMs = 20;
/** Unchanged for so long, then down to nothing. */
const holdMs = 10;
const fadeMs = 50;
/** Of the overlap with what comes after the gap. */
const overlapMs = 4;

export class Concealment {
  readonly #history: Int16Array;
  readonly #samplesPerMs: number;
  #period = 0;
  #phase = 0;
  /** Samples since the gap began; 0 when there is none. */
  #lost = 0;

  constructor(sampleRate: number) {
    this.#samplesPerMs = sampleRate / 1_000;
    this.#history = new Int16Array(Math.ceil((longestPeriodMs + windowMs) * this.#samplesPerMs));
  }

  /** A frame that arrived: remembered, and its beginning faded in when a gap was before it. Changes `frame`. */
  received(frame: Int16Array): void {
    if (this.#lost > 0) {
      const overlap = Math.min(frame.length, Math.round(overlapMs * this.#samplesPerMs));
      for (let index = 0; index < overlap; index++) {
        const share = (index + 1) / (overlap + 1);
        frame[index] = Math.round(frame[index]! * share + this.#next() * (1 - share));
      }
      this.#lost = 0;
    }
    this.#remember(frame);
  }

  /** A frame in place of one that did not come. */
  conceal(samples: number): Int16Array {
    if (this.#lost === 0) {
      this.#period = this.#findPeriod();
      this.#phase = 0;
    }
    const frame = new Int16Array(samples);
    for (let index = 0; index < samples; index++) frame[index] = Math.round(this.#next());
    return frame;
  }

  #next(): number {
    const history = this.#history;
    const value = history[history.length - this.#period + this.#phase]!;
    this.#phase = this.#phase + 1 === this.#period ? 0 : this.#phase + 1;
    const ms = this.#lost++ / this.#samplesPerMs;
    return ms < holdMs ? value : value * Math.max(0, 1 - (ms - holdMs) / fadeMs);
  }

  /** The lag at which the end of the history is most like itself. */
  #findPeriod(): number {
    const history = this.#history;
    const window = Math.floor(windowMs * this.#samplesPerMs);
    const from = history.length - window;
    const shortest = Math.round(shortestPeriodMs * this.#samplesPerMs);
    const longest = Math.floor(longestPeriodMs * this.#samplesPerMs);
    // Every sample of a wide band is more than the search needs.
    const stride = Math.max(1, Math.floor(this.#samplesPerMs / 8));
    let best = longest;
    let bestLikeness = 0;
    for (let lag = shortest; lag <= longest; lag += stride) {
      let product = 0;
      let energy = 1;
      for (let index = from; index < history.length; index += stride) {
        product += history[index]! * history[index - lag]!;
        energy += history[index - lag]! ** 2;
      }
      const likeness = product / Math.sqrt(energy);
      if (likeness > bestLikeness) {
        bestLikeness = likeness;
        best = lag;
      }
    }
    return best;
  }

  #remember(frame: Int16Array): void {
    const history = this.#history;
    const kept = frame.length > history.length ? frame.subarray(frame.length - history.length) : frame;
    history.copyWithin(0, kept.length);
    history.set(kept, history.length - kept.length);
  }
}
