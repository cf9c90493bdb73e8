/** A session in another thread, as if it were in this one. */

import type { AudioPipe, AudioPipeOptions } from "../audio/audio-pipe.ts";
import type { StreamConfig } from "../config.ts";
import type { RecordingOptions, RecordingResult } from "../files/recorder.ts";
import type { DialOptions, MediaEvents, MediaSession, Playable } from "../session.ts";
import type { StreamStats } from "../stream/statistics.ts";
import type { AudioCalls } from "./contract.ts";
import { RemoteSession } from "./remote-session.ts";

export class PooledSession extends RemoteSession<MediaEvents, AudioCalls> implements MediaSession {
  move(address: string | undefined): Promise<void> {
    return this.perform("move", address);
  }

  configure(config: StreamConfig): Promise<void> {
    return this.perform("configure", config);
  }

  play(what: Playable): Promise<void> {
    return this.perform("play", what);
  }

  dial(digits: string, options: DialOptions = {}): Promise<void> {
    return this.perform("dial", digits, options);
  }

  mute(muted: boolean): Promise<void> {
    return this.perform("mute", muted);
  }

  detectTones(on: boolean): Promise<void> {
    return this.perform("detectTones", on);
  }

  record(options: RecordingOptions): Promise<number> {
    return this.perform("record", options);
  }

  stopRecording(recording: number): Promise<RecordingResult | undefined> {
    return this.perform("stopRecording", recording);
  }

  /** The streams themselves are handed over: frames go from thread to thread, with backpressure. */
  audio(options: AudioPipeOptions = {}): Promise<AudioPipe> {
    return this.perform("audio", options);
  }

  flushAudio(): Promise<void> {
    return this.perform("flushAudio");
  }

  verifySas(matches: boolean): Promise<void> {
    return this.perform("verifySas", matches);
  }

  stats(): Promise<StreamStats> {
    return this.perform("stats");
  }
}
