/** Listens and looks in a page: which frequency, how loud, how many pictures. */

import type { Heard } from "./hearing.ts";
import { openInstrument, wait } from "./page-leftovers.ts";

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
  element.play().catch(() => {});
  await wait(ms);
  const width = element.videoWidth;
  element.srcObject = null;
  return { frames, width };
}

/** Seconds of a recording, and how often each channel turns in a second. */
export async function channels(blob: Blob): Promise<{ seconds: number; hz: number[] }> {
  const context = openInstrument();
  const buffer = await context.decodeAudioData(await blob.arrayBuffer());
  await context.close();
  const hz = Array.from({ length: buffer.numberOfChannels }, (_, channel) => {
    // Of its middle second.
    const from = Math.max(0, Math.floor((buffer.length - buffer.sampleRate) / 2));
    const samples = buffer.getChannelData(channel).subarray(from, from + buffer.sampleRate);
    let turns = 0;
    for (let at = 1; at < samples.length; at++) if (samples[at - 1]! < 0 && samples[at]! >= 0) turns++;
    return turns;
  });
  return { seconds: buffer.duration, hz };
}
