/** Tones to call with and to recognise what arrived. */

import { steadyTone } from "./tone-meter.ts";
import { makeSines, readWav, type Wav, writeWav } from "./wav.ts";

export interface Measured {
  readonly frequencyHz: number;
  /** 0 dB is a sine of full scale. */
  readonly levelDb: number;
  /** Of the tone above all else, dB. */
  readonly purityDb: number;
  /** How long it was there and nothing else. */
  readonly seconds: number;
}

/** Of the tones that phones speak with: half of full scale. */
export const spokenDb = -6;

/** Writes a sine as mono 16-bit WAV, at half of full scale. */
export async function makeTone(file: string, frequencyHz: number, seconds: number, sampleRate = 8_000): Promise<void> {
  await writeWav(file, { sampleRate, samples: makeSines([frequencyHz], seconds, spokenDb, sampleRate) });
}

/** The tone of a recording; `undefined` when there is none. */
export function measure(wav: Wav | undefined): Measured | undefined {
  const tone = wav === undefined ? undefined : steadyTone(wav);
  if (tone === undefined) return undefined;
  return { frequencyHz: tone.hz, levelDb: tone.levelDb, purityDb: tone.purityDb, seconds: tone.seconds };
}

export async function measureTone(file: string): Promise<Measured | undefined> {
  return measure(await readWav(file));
}

/** Whether a recording holds the tone: within 1 % of its frequency, at least `seconds` long, within 1.5 dB of how loud it was made. */
export function isTone(measured: Measured | undefined, frequencyHz: number, seconds = 1): boolean {
  if (measured === undefined || measured.seconds < seconds) return false;
  return Math.abs(measured.frequencyHz / frequencyHz - 1) < 0.01 && Math.abs(measured.levelDb - spokenDb) < 1.5;
}
