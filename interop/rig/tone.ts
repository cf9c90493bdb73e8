/** Tones to call with and to recognise what arrived, made and measured by sox. */

import { expectCommand } from "./command.ts";

export interface Measured {
  /** sox's "Rough frequency". */
  readonly frequencyHz: number;
  /** Root mean square, full scale is 1. */
  readonly rms: number;
  readonly seconds: number;
}

/** Writes a sine as 8 kHz mono 16-bit WAV, at half of full scale: RMS 0.35. */
export async function makeTone(file: string, frequencyHz: number, seconds: number): Promise<void> {
  const format = ["-r", "8000", "-c", "1", "-b", "16"];
  await expectCommand("sox", ["-n", ...format, file, "synth", `${seconds}`, "sine", `${frequencyHz}`, "vol", "0.5"]);
}

/** Measures a recording from its first sound on; `undefined` when there is none. */
export async function measureTone(file: string): Promise<Measured | undefined> {
  const { stderr } = await expectCommand("sox", [
    file,
    "-n",
    "silence",
    "1",
    "0.05",
    "2%",
    "reverse",
    "silence",
    "1",
    "0.05",
    "2%",
    "stat",
  ]);
  const value = (name: string): number => Number(new RegExp(`${name}:?\\s+([-\\d.]+)`).exec(stderr)?.[1] ?? Number.NaN);
  const seconds = value("Length \\(seconds\\)");
  if (!(seconds > 0)) return undefined;
  return { frequencyHz: value("Rough\\s+frequency"), rms: value("RMS\\s+amplitude"), seconds };
}

/** Whether a recording holds the tone: within 5 % of its frequency, at least `seconds` long, about as loud as it was made. */
export function isTone(measured: Measured | undefined, frequencyHz: number, seconds = 1): boolean {
  if (measured === undefined || measured.seconds < seconds) return false;
  return Math.abs(measured.frequencyHz / frequencyHz - 1) < 0.05 && measured.rms > 0.2 && measured.rms < 0.5;
}
