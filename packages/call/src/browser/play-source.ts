/** What is played, as a node of Web Audio that begins, ends by itself or goes on, and can be stopped. */

import { toneBeats } from "@trapezoid/media/tones";
import { notOnThisPlatform } from "../errors.ts";
import type { DecodedSound, PlaySource } from "../values.ts";
import { playFailed } from "./errors.ts";
import type { BrowserPlatform } from "./platform.ts";
import type { SoundGraph } from "./sound-graph.ts";

export interface Playing {
  /** Resolves when it has come to its end by itself. */
  readonly ended: Promise<void>;
  /** Falls silent at once. */
  stop(): void;
}

const endless = new Promise<void>(() => {});

/** Rejects with a `CallError` when it cannot be read, or not here. */
export async function startPlaying(graph: SoundGraph, source: PlaySource, platform: BrowserPlatform): Promise<Playing> {
  if (typeof source === "string") return playSound(graph, await fetchSound(graph, source, platform), false);
  switch (source.kind) {
    case "file":
      return playSound(graph, await fetchSound(graph, source.path, platform), source.loop ?? false);
    case "sound":
      return playSound(graph, bufferOf(graph, source.sound), source.loop ?? false);
    case "silence":
      return { ended: endless, stop: () => {} };
    case "sine":
      return playSine(graph, source.hz, source.amplitude);
    case "tone":
      return playSound(graph, toneBuffer(graph, source.tone, source.country), true);
    case "echo":
      graph.incoming.connect(graph.outgoing);
      return { ended: endless, stop: () => graph.incoming.disconnect(graph.outgoing) };
    case "mix":
      throw notOnThisPlatform("a mix", "in browsers a conference is mixed by a server");
  }
}

async function fetchSound(graph: SoundGraph, url: string, platform: BrowserPlatform): Promise<AudioBuffer> {
  try {
    const response = await platform.fetch(url);
    if (!response.ok) throw new TypeError(`its server says ${response.status} ${response.statusText}`.trimEnd());
    return await graph.context.decodeAudioData(await response.arrayBuffer());
  } catch (error) {
    throw playFailed(url, error);
  }
}

function bufferOf({ context }: SoundGraph, sound: DecodedSound): AudioBuffer {
  const buffer = context.createBuffer(sound.numberOfChannels, Math.max(1, sound.length), sound.sampleRate);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    buffer.getChannelData(channel).set(sound.getChannelData(channel));
  }
  return buffer;
}

function playSound({ context, outgoing }: SoundGraph, buffer: AudioBuffer, loop: boolean): Playing {
  const node = context.createBufferSource();
  node.buffer = buffer;
  node.loop = loop;
  return started(node, node, outgoing);
}

/** What networks send: about -16 dBm0. */
const defaultAmplitude = 3_600;

function playSine({ context, outgoing }: SoundGraph, hz: number, amplitude: number = defaultAmplitude): Playing {
  const node = context.createOscillator();
  node.frequency.value = hz;
  const level = context.createGain();
  level.gain.value = amplitude / 32_767;
  node.connect(level);
  return started(node, level, outgoing);
}

function started(node: AudioScheduledSourceNode, last: AudioNode, outgoing: AudioNode): Playing {
  last.connect(outgoing);
  const ended = new Promise<void>((resolve) => {
    node.onended = () => {
      last.disconnect();
      resolve();
    };
  });
  node.start();
  return {
    ended,
    stop() {
      node.onended = null;
      node.stop();
      last.disconnect();
    },
  };
}

/** One round of a network's tone. */
function toneBuffer({ context }: SoundGraph, name: string, country: string | undefined): AudioBuffer {
  const beats = toneBeats(name, country);
  const { sampleRate } = context;
  // One without end goes round after a second: all frequencies are whole numbers.
  const lengths = beats.map(({ ms }) => Math.round(((ms === 0 ? 1_000 : ms) * sampleRate) / 1_000));
  const buffer = context.createBuffer(
    1,
    lengths.reduce((sum, length) => sum + length, 0),
    sampleRate,
  );
  const samples = buffer.getChannelData(0);
  let start = 0;
  for (const [index, { hz }] of beats.entries()) {
    for (let at = 0; at < lengths[index]!; at++) {
      let sample = 0;
      for (const frequency of hz) sample += Math.sin((2 * Math.PI * frequency * at) / sampleRate);
      samples[start + at] = (sample * defaultAmplitude) / 32_767;
    }
    start += lengths[index]!;
  }
  return buffer;
}
