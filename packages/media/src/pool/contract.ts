/** What goes between a media pool and its threads. Everything here can be cloned from thread to thread. */

import type { AudioPipe } from "../audio/audio-pipe.ts";
import type { MediaAddress } from "../config.ts";
import type { EngineOptions } from "../local-engine.ts";
import type { EngineStats, MediaEvents, MediaSession } from "../session.ts";

/** What may be asked of a session from afar. */
export const operations = [
  "configure",
  "play",
  "dial",
  "mute",
  "detectTones",
  "record",
  "stopRecording",
  "audio",
  "flushAudio",
  "stats",
  "close",
] as const satisfies readonly (keyof MediaSession)[];

export type Operation = (typeof operations)[number];
export type ArgumentsOf<O extends Operation> = Parameters<MediaSession[O]>;
export type ResultOf<O extends Operation> = Awaited<ReturnType<MediaSession[O]>>;

export interface MediaThreadData {
  /** Names its sessions. */
  readonly thread: number;
  readonly options: EngineOptions;
}

/** Pool → thread. */
export type MediaCommand =
  | { readonly type: "open"; readonly call: number; readonly address: string | undefined }
  | {
      readonly type: "do";
      readonly call: number;
      readonly session: string;
      readonly operation: Operation;
      readonly args: readonly unknown[];
    }
  | { readonly type: "stats"; readonly call: number }
  | { readonly type: "close" };

export interface OpenedSession {
  readonly id: string;
  readonly local: MediaAddress;
  readonly localRtcp: MediaAddress;
}

type EventReport = {
  [E in keyof MediaEvents]: { readonly event: E; readonly args: MediaEvents[E] };
}[keyof MediaEvents];

/** Thread → pool. */
export type MediaReport =
  | { readonly type: "ready" }
  | { readonly type: "done"; readonly call: number; readonly result: Answer; readonly localRtcp?: MediaAddress }
  | { readonly type: "failed"; readonly call: number; readonly code: string | undefined; readonly message: string }
  | ({ readonly type: "event"; readonly session: string } & EventReport);

export type Answer = OpenedSession | EngineStats | AudioPipe | ResultOf<Operation>;
