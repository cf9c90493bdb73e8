/** What the other side hears of us: the microphone, or what is played in its place; muted, held, not yet answered. */

import type { PlaySource } from "../values.ts";
import { soundDigits } from "./digit-tones.ts";
import type { BrowserPlatform } from "./platform.ts";
import { type Playing, startPlaying } from "./play-source.ts";
import type { SoundGraph } from "./sound-graph.ts";

export interface OutgoingSoundHost {
  readonly platform: BrowserPlatform;
  /** Opened on first need. */
  graph(): SoundGraph;
  /** Another track is to be sent. */
  onTrack(track: MediaStreamTrack | null): void;
}

export class OutgoingSound {
  readonly #host: OutgoingSoundHost;
  /** With a microphone: it is what is sent while nothing is played. Without one that is silence. */
  readonly #hasMicrophone: boolean;
  #microphone: MediaStreamTrack | undefined;
  #graph: SoundGraph | undefined;
  /** Who uses the graph now: what is played, an application's frames, tones. */
  readonly #users = new Set<object>();
  #stopPlaying: (() => void) | undefined;
  #isMuted = false;
  #isLive = false;
  #track: MediaStreamTrack | null = null;
  #isClosed = false;

  constructor(host: OutgoingSoundHost, hasMicrophone: boolean) {
    this.#host = host;
    this.#hasMicrophone = hasMicrophone;
  }

  /** What is to be sent now. */
  get track(): MediaStreamTrack | null {
    return this.#track;
  }

  setMicrophone(track: MediaStreamTrack | undefined): void {
    this.#microphone = track;
    this.#choose();
  }

  /** Whether the microphone may be heard: not before we have answered, and not while we hold. */
  set isLive(live: boolean) {
    this.#isLive = live;
    this.#choose();
  }

  mute(muted: boolean): void {
    this.#isMuted = muted;
    if (this.#graph !== undefined) this.#graph.outgoing.gain.value = muted ? 0 : 1;
    this.#choose();
  }

  /** In place of what was played before. */
  async play(source: PlaySource, signal: AbortSignal | undefined): Promise<"ended" | "stopped"> {
    this.#stopPlaying?.();
    const stop = new AbortController();
    const stopPlaying = (): void => stop.abort();
    this.#stopPlaying = stopPlaying;
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    const user = {};
    let playing: Playing | undefined;
    try {
      if (either.aborted) return "stopped";
      const graph = this.use(user);
      playing = await startPlaying(graph, source, this.#host.platform);
      if (either.aborted || this.#isClosed) return "stopped";
      return await new Promise((resolve) => {
        either.addEventListener("abort", () => resolve("stopped"), { once: true });
        playing!.ended.then(() => resolve("ended"));
      });
    } finally {
      playing?.stop();
      this.release(user);
      if (this.#stopPlaying === stopPlaying) this.#stopPlaying = undefined;
    }
  }

  async soundDigits(digits: string, toneMs: number): Promise<void> {
    const user = {};
    try {
      await soundDigits(this.use(user), digits, toneMs);
    } finally {
      this.release(user);
    }
  }

  /** From now on what goes into the graph is what is sent, until the same user releases it. */
  use(user: object): SoundGraph {
    const graph = this.#open();
    this.#users.add(user);
    this.#choose();
    return graph;
  }

  release(user: object): void {
    if (this.#users.delete(user)) this.#choose();
  }

  /** Silence to send, where there is no microphone: the other side would think us gone otherwise. */
  openSilence(): void {
    if (this.#hasMicrophone) return;
    this.#open();
    this.#choose();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopPlaying?.();
    this.#users.clear();
  }

  #open(): SoundGraph {
    if (this.#graph === undefined) {
      this.#graph = this.#host.graph();
      this.#graph.outgoing.gain.value = this.#isMuted ? 0 : 1;
    }
    return this.#graph;
  }

  #choose(): void {
    if (this.#isClosed) return;
    const usesGraph = this.#users.size > 0 || !this.#hasMicrophone;
    if (this.#microphone !== undefined) this.#microphone.enabled = this.#isLive && !this.#isMuted && !usesGraph;
    const track = (usesGraph ? this.#graph?.track : this.#microphone) ?? null;
    if (track === this.#track) return;
    this.#track = track;
    this.#host.onTrack(track);
  }
}
