/** The sound of a call in a browser: what is sent and heard, recorded, given to the application. */

import type { Clock } from "@trapezoid/base";
import { callOver } from "../errors.ts";
import type { AudioOptions, CallAudio } from "../media-port.ts";
import type { PlaySource, Recording, RecordOptions } from "../values.ts";
import { type FramePipe, openFramePipe } from "./frame-pipe.ts";
import { OutgoingSound } from "./outgoing-sound.ts";
import type { BrowserPlatform } from "./platform.ts";
import { SoundGraph } from "./sound-graph.ts";
import { SoundRecorder } from "./sound-recorder.ts";

export interface CallSoundHost {
  readonly platform: BrowserPlatform;
  readonly clock: Clock;
  readonly frameWorkletUrl: string | undefined;
  readonly hasMicrophone: boolean;
  /** Another track is to be sent. */
  send(track: MediaStreamTrack | null): void;
  warn(text: string): void;
}

export class CallSound {
  readonly outgoing: OutgoingSound;
  readonly #host: CallSoundHost;
  readonly #recorders = new Set<SoundRecorder>();
  readonly #pipes = new Set<FramePipe>();
  #graph: SoundGraph | undefined;
  #heard: MediaStreamTrack | undefined;
  #isClosed = false;

  constructor(host: CallSoundHost) {
    this.#host = host;
    this.outgoing = new OutgoingSound(
      {
        platform: host.platform,
        graph: () => this.#open(),
        onTrack: (track) => {
          host.send(track);
          for (const recorder of this.#recorders) recorder.replaceSent(track);
        },
      },
      host.hasMicrophone,
    );
  }

  /** Another track brings what the other side says. */
  hear(track: MediaStreamTrack | undefined): void {
    if (this.#heard === track) return;
    this.#heard = track;
    this.#graph?.hear(track);
  }

  async play(source: PlaySource, signal: AbortSignal | undefined): Promise<"ended" | "stopped"> {
    this.#mustBeOpen("playing");
    return this.outgoing.play(source, signal);
  }

  async record(path: string | undefined, options: RecordOptions): Promise<Recording> {
    this.#mustBeOpen("recording");
    const { platform, clock } = this.#host;
    const recorder = new SoundRecorder(
      {
        graph: this.#open(),
        platform,
        clock,
        sent: this.outgoing.track,
        onOver: (one) => this.#recorders.delete(one),
      },
      path,
      options,
    );
    this.#recorders.add(recorder);
    return recorder;
  }

  async audio(options: AudioOptions): Promise<CallAudio> {
    this.#mustBeOpen("sound");
    const { platform, frameWorkletUrl } = this.#host;
    const user = {};
    const parts = {
      graph: this.#open(),
      platform,
      workletUrl: frameWorkletUrl,
      onWriterOver: () => this.outgoing.release(user),
      onOver: (pipe: FramePipe) => this.#pipes.delete(pipe),
    };
    const pipe = await openFramePipe(parts, options);
    if (this.#isClosed) pipe.close(callOver("sound", undefined));
    else {
      this.#pipes.add(pipe);
      if (options.listenOnly !== true) this.outgoing.use(user);
    }
    return pipe;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const recorded = [...this.#recorders].map((recorder) => recorder.stop());
    this.outgoing.close();
    for (const pipe of [...this.#pipes]) pipe.close(callOver("sound", undefined));
    await Promise.allSettled(recorded);
    await this.#graph?.close();
  }

  #open(): SoundGraph {
    const { platform, clock, warn } = this.#host;
    if (this.#graph !== undefined) return this.#graph;
    const graph = new SoundGraph(platform, clock);
    this.#graph = graph;
    graph.hear(this.#heard);
    void graph.wake().then((isAwake) => {
      if (isAwake || this.#isClosed) return;
      warn(
        "the browser lets this page make no sound before somebody has touched it: let a person press a button first",
      );
    });
    return graph;
  }

  #mustBeOpen(what: string): void {
    if (this.#isClosed) throw callOver(what, undefined);
  }
}
