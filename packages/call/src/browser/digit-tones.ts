/** Sends digits: as events by the browser (RFC 4733), or as pairs of tones in the sound (ITU-T Q.23). */

import type { Clock } from "@trapezoid/base";
import { frequenciesOf } from "@trapezoid/media/tones";
import { digitsNotPossible } from "./errors.ts";
import type { SoundGraph } from "./sound-graph.ts";

const PAUSE_MS = 80;
/** Web Real-Time Communications §7.2: what browsers clamp to. */
const LEAST_TONE_MS = 40;
const MOST_TONE_MS = 6_000;
/** Each of the two, of full scale. */
const LEVEL = 0.25;

/** Resolves when the browser has sent the last one. */
export async function sendDigitEvents(
  sender: RTCDTMFSender,
  digits: string,
  toneMs: number,
  clock: Clock,
): Promise<void> {
  if (!sender.canInsertDTMF) throw digitsNotPossible();
  const ms = Math.min(MOST_TONE_MS, Math.max(LEAST_TONE_MS, toneMs));
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      sender.removeEventListener("tonechange", onTone);
      limit[Symbol.dispose]();
      resolve();
    };
    const onTone = ({ tone }: RTCDTMFToneChangeEvent): void => {
      if (tone === "") settle();
    };
    // The last event is lost where the connection ends meanwhile.
    const limit = clock.after((ms + PAUSE_MS) * digits.length + 1_000, settle);
    sender.addEventListener("tonechange", onTone);
    sender.insertDTMF(digits, ms, PAUSE_MS);
  });
}

/** Resolves when the last one has sounded. */
export function soundDigits({ context, outgoing }: SoundGraph, digits: string, toneMs: number): Promise<void> {
  const level = context.createGain();
  level.gain.value = LEVEL;
  level.connect(outgoing);
  let at = context.currentTime + 0.02;
  const sounding = [...digits].flatMap((digit) => {
    const nodes = (frequenciesOf(digit) ?? []).map((hz) => {
      const node = context.createOscillator();
      node.frequency.value = hz;
      node.connect(level);
      node.start(at);
      node.stop(at + toneMs / 1_000);
      return new Promise<void>((resolve) => {
        node.onended = () => resolve();
      });
    });
    at += (toneMs + PAUSE_MS) / 1_000;
    return nodes;
  });
  return Promise.all(sounding).then(() => level.disconnect());
}
