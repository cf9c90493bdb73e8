/**
 * Measures tones in recordings: frequency, level, when they sounded, digits (ITU-T Q.23). By Goertzel's algorithm over Hann windows.
 * Levels are in dB; 0 dB is a sine of full scale.
 */

import type { Wav } from "./wav.ts";

/** A stretch of one tone. */
export interface Stretch {
  readonly hz: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Mean of its frames. */
  readonly levelDb: number;
}

export interface Tone {
  readonly hz: number;
  readonly levelDb: number;
  /** Level of the tone above everything else in the recording, dB. */
  readonly purityDb: number;
}

/** What is quieter is silence. Comfort noise of the peers is at -60 dB and below. */
const silenceDb = -45;
const frameMs = 40;
const hopMs = 10;

const toDb = (amplitude: number): number => (amplitude > 1e-9 ? 20 * Math.log10(amplitude) : -180);

interface Windowed {
  readonly samples: Float64Array;
  readonly weight: number;
  readonly sampleRate: number;
}

/** A Hann window keeps neighbours that are 2 / duration away below -30 dB. */
function hann({ samples, sampleRate }: Wav): Windowed {
  let weight = 0;
  const windowed = samples.map((sample, index) => {
    const factor = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (samples.length - 1));
    weight += factor;
    return sample * factor;
  });
  return { samples: windowed, weight, sampleRate };
}

/** Amplitude of one frequency. */
function goertzel({ samples, weight, sampleRate }: Windowed, hz: number): number {
  const step = 2 * Math.cos((2 * Math.PI * hz) / sampleRate);
  let [before, beforeThat] = [0, 0];
  for (let index = 0; index < samples.length; index++) {
    const now = samples[index]! + step * before - beforeThat;
    beforeThat = before;
    before = now;
  }
  const power = before * before + beforeThat * beforeThat - step * before * beforeThat;
  return (2 * Math.sqrt(Math.max(0, power))) / weight;
}

/** Level of one frequency over all samples. */
export function levelOf(wav: Wav, hz: number): number {
  return toDb(goertzel(hann(wav), hz));
}

/** The level that a sine of the samples' power would have. */
function powerDb(samples: Float64Array): number {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
  return toDb(Math.sqrt((2 * energy) / samples.length));
}

export function slice(wav: Wav, fromMs: number, toMs: number): Wav {
  const at = (ms: number): number => Math.round((ms * wav.sampleRate) / 1_000);
  return { sampleRate: wav.sampleRate, samples: wav.samples.subarray(at(fromMs), at(toMs)) };
}

/** From the first sound to the last, in ms; `undefined` when there is none. */
export function soundBounds(wav: Wav): { readonly fromMs: number; readonly toMs: number } | undefined {
  const lengthMs = (wav.samples.length / wav.sampleRate) * 1_000;
  const loud: number[] = [];
  for (let at = 0; at + 20 <= lengthMs; at += 20)
    if (powerDb(slice(wav, at, at + 20).samples) > silenceDb) loud.push(at);
  const [first, last] = [loud[0], loud.at(-1)];
  return first === undefined || last === undefined ? undefined : { fromMs: first, toMs: last + 20 };
}

/** Refines a frequency that is known to within 8 Hz. */
function refined(wav: Wav, nearHz: number): Tone {
  const window = hann(wav);
  const amplitude = (hz: number): number => goertzel(window, hz);
  let best = nearHz;
  for (let hz = nearHz - 8; hz <= nearHz + 8; hz += 0.5) if (amplitude(hz) > amplitude(best)) best = hz;
  for (let step = 0.5; step > 0.05; step /= 2) {
    const [low, here, high] = [amplitude(best - step / 2), amplitude(best), amplitude(best + step / 2)];
    if (low > here && low > high) best -= step / 2;
    else if (high > here) best += step / 2;
  }
  const levelDb = toDb(amplitude(best));
  const rest = 10 ** (powerDb(wav.samples) / 10) - 10 ** (levelDb / 10);
  // What is left of a pure tone is the rounding of its samples.
  return { hz: best, levelDb, purityDb: rest > 0 ? Math.min(60, levelDb - 10 * Math.log10(rest)) : 60 };
}

/** The strongest tone from 100 Hz to 20 kHz, in at most the middle second; `undefined` when all is silence. */
export function strongestTone(wav: Wav): Tone | undefined {
  const middle = (wav.samples.length / wav.sampleRate) * 500;
  const part = slice(wav, Math.max(0, middle - 500), middle + 500);
  if (part.samples.length === 0 || powerDb(part.samples) < silenceDb) return undefined;
  // First a short piece: its window is wide, so that few steps find the neighbourhood.
  const coarse = hann(slice(part, 0, 150));
  const highest = Math.min(20_000, part.sampleRate * 0.475);
  let [best, amplitude] = [100, 0];
  for (let hz = 100; hz <= highest; hz += 5) {
    const here = goertzel(coarse, hz);
    if (here > amplitude) [best, amplitude] = [hz, here];
  }
  return refined(part, best);
}

export interface SteadyTone extends Tone {
  /** How long it was there and nothing else. */
  readonly seconds: number;
}

const pieceMs = 200;

/**
 * The tone that a recording holds, by the median of pieces of 200 ms: lost or late packets spoil a piece, not the measurement. Pieces in
 * which the tone is less than 10 dB above all else do not count.
 */
export function steadyTone(wav: Wav): SteadyTone | undefined {
  const bounds = soundBounds(wav);
  if (bounds === undefined) return undefined;
  const pieces: Wav[] = [];
  for (let at = bounds.fromMs; at + pieceMs <= bounds.toMs; at += pieceMs) {
    const piece = slice(wav, at, at + pieceMs);
    if (powerDb(piece.samples) > silenceDb) pieces.push(piece);
  }
  const guesses = [0.25, 0.5, 0.75].flatMap(
    (share) => strongestTone(pieces[Math.floor(pieces.length * share)] ?? wav) ?? [],
  );
  if (guesses.length === 0) return undefined;
  const guess = median(guesses.map(({ hz }) => hz));
  const pure = pieces
    .map((piece) => refined(piece, guess))
    .filter((one) => one.purityDb >= 10 && one.levelDb > silenceDb);
  if (pure.length === 0) return undefined;
  return {
    hz: median(pure.map(({ hz }) => hz)),
    levelDb: median(pure.map(({ levelDb }) => levelDb)),
    purityDb: median(pure.map(({ purityDb }) => purityDb)),
    seconds: (pure.length * pieceMs) / 1_000,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

/** When each of the tones sounded, in the order of time; shorter than `leastMs` is no tone. A frame has a tone when that makes up nine tenths of its power. */
export function stretches(wav: Wav, tones: readonly number[], leastMs = 60): Stretch[] {
  const found: Stretch[] = [];
  let open: { hz: number; fromMs: number; toMs: number; sum: number; frames: number } | undefined;
  const close = (): void => {
    if (open !== undefined && open.toMs - open.fromMs >= leastMs)
      found.push({ hz: open.hz, fromMs: open.fromMs, toMs: open.toMs, levelDb: open.sum / open.frames });
    open = undefined;
  };
  const lengthMs = (wav.samples.length / wav.sampleRate) * 1_000;
  for (let at = 0; at + frameMs <= lengthMs; at += hopMs) {
    const frame = slice(wav, at, at + frameMs);
    const total = powerDb(frame.samples);
    const window = hann(frame);
    const levels = tones.map((hz) => ({ hz, db: toDb(goertzel(window, hz)) }));
    const best = levels.reduce((one, other) => (other.db > one.db ? other : one), { hz: 0, db: -180 });
    const isTone = total > silenceDb && best.db > silenceDb && best.db > total - 0.5;
    if (open !== undefined && (!isTone || open.hz !== best.hz)) close();
    if (!isTone) continue;
    open ??= { hz: best.hz, fromMs: at, toMs: at, sum: 0, frames: 0 };
    open.toMs = at + frameMs;
    open.sum += best.db;
    open.frames += 1;
  }
  close();
  return found;
}

/** Milliseconds of one tone altogether. */
export function soundedMs(wav: Wav, hz: number): number {
  return stretches(wav, [hz]).reduce((sum, one) => sum + one.toMs - one.fromMs, 0);
}

const rows = [697, 770, 852, 941] as const;
const columns = [1_209, 1_336, 1_477, 1_633] as const;
const keys = ["123A", "456B", "789C", "*0#D"] as const;

/** Frequencies of a digit's two tones. */
export function digitTones(digit: string): readonly [number, number] {
  const row = keys.findIndex((line) => line.includes(digit));
  return [rows[row]!, columns[keys[row]!.indexOf(digit)]!];
}

/** Digits that sounded as pairs of tones for 40 ms or more, in the order of time. The same again takes a pause of 60 ms. */
export function digitsIn(wav: Wav): string {
  const best = (frame: Windowed, tones: readonly number[]): { index: number; db: number } =>
    tones
      .map((hz, index) => ({ index, db: toDb(goertzel(frame, hz)) }))
      .reduce((one, other) => (other.db > one.db ? other : one));
  let digits = "";
  let [key, frames, pausedMs] = ["", 0, 0];
  const lengthMs = (wav.samples.length / wav.sampleRate) * 1_000;
  for (let at = 0; at + 30 <= lengthMs; at += hopMs) {
    const frame = slice(wav, at, at + 30);
    const window = hann(frame);
    const [row, column] = [best(window, rows), best(window, columns)];
    const both = 10 * Math.log10(10 ** (row.db / 10) + 10 ** (column.db / 10));
    const isPair = Math.min(row.db, column.db) > silenceDb && Math.abs(row.db - column.db) < 8;
    const now = isPair && both > powerDb(frame.samples) - 1 ? keys[row.index]![column.index]! : "";
    if (now === "") {
      pausedMs += hopMs;
      continue;
    }
    // A tone that was torn is one key.
    if (now !== key || pausedMs >= 60) frames = 0;
    [key, pausedMs] = [now, 0];
    frames += 1;
    if (frames === 2) digits += key;
  }
  return digits;
}
