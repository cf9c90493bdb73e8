/** Looks at the heap after forced collections, and tells growth that goes on from growth that comes to an end. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Caches fill and code is compiled in the first rounds. */
const roundsToWarmUp = 3;
/** Rounds that are looked at together. */
const rounds = 8;
/** What code that is compiled and thrown away makes of difference between two looks. */
const noiseBytes = 512 * 1024;
const leastBytesPerInput = 8;

export class GrowthWatch {
  readonly #every: number;
  #warmUp: number;
  #samples: number[] = [];

  /** Looks every so many inputs; the first looks count for nothing. */
  constructor(every: number, warmUp: number = roundsToWarmUp) {
    this.#every = every;
    this.#warmUp = warmUp;
  }

  /** To be called after each input; says how much the heap has grown when it does not stop. */
  look(inputs: number): string | undefined {
    return inputs % this.#every === 0 ? this.add(heldBytes()) : undefined;
  }

  /** What is held now. */
  add(bytes: number): string | undefined {
    if (this.#warmUp-- > 0) return undefined;
    this.#samples.push(bytes);
    if (this.#samples.length <= rounds) return undefined;
    const perRound = slopeOf(this.#samples);
    // In the second half, too: what fills up grows less and less.
    const late = slopeOf(this.#samples.slice(rounds / 2));
    this.#samples.shift();
    const least = Math.max(leastBytesPerInput * this.#every, noiseBytes / rounds);
    if (perRound < least || late < perRound / 2) return undefined;
    this.#samples = [];
    return `${Math.round(perRound / this.#every)} octets an input, over ${rounds * this.#every} inputs`;
  }
}

/** The median of the slopes between any two (Theil and Sen): a single odd value counts for nothing. */
function slopeOf(samples: readonly number[]): number {
  const slopes: number[] = [];
  for (let a = 0; a < samples.length; a++) {
    for (let b = a + 1; b < samples.length; b++) slopes.push((samples[b]! - samples[a]!) / (b - a));
  }
  slopes.sort((a, b) => a - b);
  return slopes[slopes.length >> 1]!;
}

/** Heap and external memory of this thread. */
function heldBytes(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
