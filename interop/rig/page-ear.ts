/** Listens and looks in a page: which frequency, how loud, how many pictures. */

import { openInstrument, wait } from "./page-leftovers.ts";

export interface Heard {
  /** The strongest. */
  readonly hz: number;
  /** Decibels below full scale. */
  readonly level: number;
}

/** A track that sounds on one frequency. */
export function toneStream(hz: number): MediaStream {
  const context = openInstrument();
  const oscillator = context.createOscillator();
  oscillator.frequency.value = hz;
  const level = context.createGain();
  level.gain.value = 0.3;
  const out = context.createMediaStreamDestination();
  oscillator.connect(level).connect(out);
  oscillator.start();
  return out.stream;
}

/** The strongest frequency in the next `ms`. */
export async function listen(stream: MediaStream, ms = 400): Promise<Heard> {
  if (stream.getAudioTracks().length === 0) {
    await wait(ms);
    return { hz: 0, level: -200 };
  }
  const context = openInstrument();
  const analyser = context.createAnalyser();
  analyser.fftSize = 8_192;
  analyser.smoothingTimeConstant = 0;
  context.createMediaStreamSource(stream).connect(analyser);
  await wait(ms);
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  let at = 0;
  for (let bin = 1; bin < levels.length; bin++) if (levels[bin]! > levels[at]!) at = bin;
  const hz = (at * context.sampleRate) / analyser.fftSize;
  await context.close();
  return { hz: Math.round(hz), level: Math.round(Math.max(-200, levels[at]!)) };
}

/** How many pictures a video element shows of the stream in `ms`, and their width. */
export async function watch(stream: MediaStream, ms = 1_000): Promise<{ frames: number; width: number }> {
  const element = document.createElement("video");
  element.muted = true;
  element.srcObject = stream;
  let frames = 0;
  const count = (): void => {
    frames++;
    element.requestVideoFrameCallback(count);
  };
  element.requestVideoFrameCallback(count);
  await element.play().catch(() => {});
  await wait(ms);
  const width = element.videoWidth;
  element.srcObject = null;
  return { frames, width };
}
