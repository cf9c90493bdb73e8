/** What a media session is to those who use it, in this thread or in another. */

import type { Emitter } from "@trapezoid/base";
import type { ZrtpSecurity, ZrtpWarning } from "@trapezoid/rtp";
import type { AudioPipe, AudioPipeOptions } from "./audio/audio-pipe.ts";
import type { ToneName } from "./audio/tones.ts";
import type { MediaAddress, StreamConfig } from "./config.ts";
import type { RecordingOptions, RecordingResult } from "./files/recorder.ts";
import type { PacketSession } from "./packet-session.ts";
import type { StreamStats } from "./stream/statistics.ts";

/** What is sent. */
export type Playable =
  | { readonly kind: "silence" }
  /** A network's tone; `country` by ISO 3166, default `us`. */
  | { readonly kind: "tone"; readonly tone: ToneName; readonly country?: string }
  /** `amplitude` of 32,767. */
  | { readonly kind: "sine"; readonly hz: number; readonly amplitude?: number }
  /** WAV or Opus in Ogg. `ended` is told at its end, unless it begins anew. */
  | { readonly kind: "file"; readonly path: string; readonly loop?: boolean }
  /** What is heard. */
  | { readonly kind: "echo" }
  /** All others of that name; their sessions must have been opened with it as their `group`. */
  | {
      readonly kind: "mix";
      readonly group: string;
      /** Hz, by the first who joins. Default 16,000: narrow-band members lose nothing; 8,000 is cheaper where all are. */
      readonly sampleRate?: number;
    };

export type MediaEvents = {
  /** `tones`: it was heard in the sound. */
  digit: readonly [digit: string, by: "event" | "tones"];
  /** What was played has come to its end. */
  ended: readonly [];
  /** No packet for as long as the limit says. */
  timeout: readonly [];
  /** Media comes from there now. */
  latched: readonly [remote: MediaAddress];
  bye: readonly [reason: string | undefined];
  /** ZRTP has agreed on keys; again when something about that has changed (compared, announced). */
  secured: readonly [security: ZrtpSecurity];
  /** What a person should know about the keys, with a text for them. */
  securityWarning: readonly [warning: ZrtpWarning, text: string];
  /** ZRTP came to nothing, for now: `why` also says whether media goes on in clear. */
  zrtpFailed: readonly [why: string];
  recordingFailed: readonly [recording: number, why: string];
  /** The last event. `why` unless it was asked for: the thread ended. */
  closed: readonly [why: string | undefined];
};

export interface DialOptions {
  /** Of each digit. Default 160. */
  readonly toneMs?: number;
  /** As tones in the sound, also where events are taken. */
  readonly tones?: boolean;
}

export interface MediaSession extends AsyncDisposable {
  readonly id: string;
  readonly local: MediaAddress;
  readonly localRtcp: MediaAddress;
  /** For a=zrtp-hash of ours (RFC 6189 §8.1), the same for the life of the session; `undefined` where it was opened without ZRTP. */
  readonly zrtpHash: string | undefined;
  readonly events: Emitter<MediaEvents>;
  /**
   * Opens sockets on another address of ours, in place of `local`: for a new offer. What comes to those before is heard until `configure`, and
   * what is sent leaves by them; `undefined` takes it back. Rejects as opening does; then nothing has changed.
   */
  move(address: string | undefined): Promise<void>;
  /** What was negotiated, at first and again later (hold, another codec, another address). Rejects with `MEDIA_UNKNOWN_CODEC`, `MEDIA_BAD_KEY`. */
  configure(config: StreamConfig): Promise<void>;
  /** In place of what is played. Rejects with `MEDIA_BAD_FILE`, `MEDIA_UNKNOWN_TONE`. */
  play(what: Playable): Promise<void>;
  /** Rejects with `MEDIA_BAD_DIGITS`. */
  dial(digits: string, options?: DialOptions): Promise<void>;
  mute(muted: boolean): Promise<void>;
  /** Whether digits are looked for in the sound. */
  detectTones(on: boolean): Promise<void>;
  /** The recording's number. Rejects with `MEDIA_RECORDING_FAILED`. */
  record(options: RecordingOptions): Promise<number>;
  stopRecording(recording: number): Promise<RecordingResult | undefined>;
  /** Frames for an application; what it writes is what is sent. */
  audio(options?: AudioPipeOptions): Promise<AudioPipe>;
  /** Leaves out what `audio` has written and has not been sent yet. */
  flushAudio(): Promise<void>;
  /** The people have compared the authentication string of ZRTP; false: it was another. */
  verifySas(matches: boolean): Promise<void>;
  stats(): Promise<StreamStats>;
  /** Never rejects. */
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Sessions of one group are in one thread, which mixing needs. */
  readonly group?: string;
  /** Own address to open sockets on. Default: the engine's. */
  readonly address?: string;
  /**
   * ZRTP (RFC 6189). `call` names what sessions of one call have in common: the first agrees on keys, further ones take theirs from it;
   * in a pool they need the same `group`.
   */
  readonly zrtp?: { readonly call?: string };
}

export interface EngineStats {
  readonly sessions: number;
  readonly frames: number;
  /** Frames whose packets were sent more than 5 ms after their time. */
  readonly lateFrames: number;
  readonly skippedFrames: number;
  readonly worstLateMs: number;
  readonly portsInUse: number;
}

export interface MediaEngine extends AsyncDisposable {
  /** Rejects with `MEDIA_NO_PORTS`, `MEDIA_BIND_FAILED`, `MEDIA_TOO_MANY_SESSIONS`. */
  open(options?: SessionOptions): Promise<MediaSession>;
  /** A stream whose packets are not decoded: video. Rejects as `open`. */
  openPackets(options?: SessionOptions): Promise<PacketSession>;
  stats(): Promise<EngineStats>;
  /** Closes all sessions; never rejects. */
  close(): Promise<void>;
}
