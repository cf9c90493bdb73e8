/** Comfort noise as it is sent: how loud a pause is, and what it sounds like. RFC 3389 §3. */

/** What is heard while nobody speaks. */
export interface ComfortNoise {
  /** -dBov: 0 (loudest, a square wave of full scale) to 127. */
  readonly level: number;
  /** Reflection coefficients of an all-pole filter, each between -1 and 1; the first is minus the likeness of neighbours. Empty: white. */
  readonly reflection: readonly number[];
}

/** As many as a narrow band needs. */
const order = 8;
/** Index of 0; the step is 258 / 32,768 (§3.2). */
const zeroIndex = 127;
const reflectionStep = 258 / 32_768;

/** RFC 3389 §3.1: the level in -dBov, 0 (loudest) to 127. */
export function noiseLevelOf(samples: Int16Array): number {
  let energy = 0;
  for (let index = 0; index < samples.length; index++) energy += samples[index]! ** 2;
  if (samples.length === 0 || energy === 0) return 127;
  const level = -10 * Math.log10(energy / samples.length / 32_768 ** 2);
  return Math.max(0, Math.min(127, Math.round(level)));
}

/** Level and colour of noise; white where there is next to none. */
export function comfortNoiseOf(samples: Int16Array): ComfortNoise {
  const level = noiseLevelOf(samples);
  if (level >= 80) return { level, reflection: [] };
  const likeness = Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0;
    for (let index = lag; index < samples.length; index++) sum += samples[index]! * samples[index - lag]!;
    return sum;
  });
  // A little white noise added: the recursion stays stable whatever it gets.
  likeness[0]! *= 1.001;
  return { level, reflection: reflectionOf(likeness) };
}

/** By the recursion of Levinson and Durbin. */
function reflectionOf(likeness: readonly number[]): number[] {
  const reflection: number[] = [];
  const predictor: number[] = [];
  let left = likeness[0]!;
  for (let step = 1; step <= order; step++) {
    let sum = likeness[step]!;
    for (let index = 0; index < predictor.length; index++) sum += predictor[index]! * likeness[step - 1 - index]!;
    const k = -sum / left;
    const before = [...predictor];
    for (let index = 0; index < before.length; index++) predictor[index]! += k * before[before.length - 1 - index]!;
    predictor.push(k);
    reflection.push(k);
    left *= 1 - k * k;
  }
  return reflection;
}

/** The payload of a noise packet. */
export function encodeComfortNoise({ level, reflection }: ComfortNoise): Uint8Array {
  const indices = reflection.map((k) => zeroIndex + Math.max(-127, Math.min(127, Math.round(k / reflectionStep))));
  return Uint8Array.of(level & 0x7f, ...indices);
}

/** `undefined` for an empty payload. Coefficients beyond the eighth are passed over, as §3 allows. */
export function decodeComfortNoise(payload: Uint8Array): ComfortNoise | undefined {
  const level = payload[0];
  if (level === undefined) return undefined;
  // §3.2: index 255 is reserved.
  const indices = [...payload.subarray(1, 1 + order)].map((index) => Math.min(index, 254));
  return { level: level & 0x7f, reflection: indices.map((index) => (index - zeroIndex) * reflectionStep) };
}
