/** What goes between a media pool and its threads. Everything here can be cloned from thread to thread. */

import type { RetainedSecrets, ZrtpCacheChange } from "@trapezoid/rtp";
import type { MediaAddress } from "../config.ts";
import type { EngineOptions } from "../local-engine.ts";
import type { PacketEvents, PacketSession } from "../packet-session.ts";
import type { EngineStats, MediaEvents, MediaSession, SessionOptions } from "../session.ts";

/** What may be asked of a session from afar. */
export const operations = [
  "move",
  "configure",
  "play",
  "dial",
  "mute",
  "detectTones",
  "record",
  "stopRecording",
  "audio",
  "flushAudio",
  "verifySas",
  "stats",
  "close",
] as const satisfies readonly (keyof MediaSession)[];

/** And of a packet session. */
export const packetOperations = [
  "move",
  "configure",
  "echo",
  "packets",
  "requestKeyFrame",
  "stats",
  "close",
] as const satisfies readonly (keyof PacketSession)[];

type Calls<S, O extends keyof S> = { readonly [K in O]: S[K] };

/** Each operation, by the name of the method that does it. */
export type AudioCalls = Calls<MediaSession, (typeof operations)[number]>;
export type PacketCalls = Calls<PacketSession, (typeof packetOperations)[number]>;
export type AnyCalls = AudioCalls | PacketCalls;
export type Operation = keyof AudioCalls | keyof PacketCalls;
export type ArgumentsOf<C, O extends keyof C> = C[O] extends (...args: infer A) => unknown ? A : never;
export type ResultOf<C, O extends keyof C> = C[O] extends (...args: never) => Promise<infer R> ? R : never;
type AnyResult<C> = { [O in keyof C]: ResultOf<C, O> }[keyof C];

export type SessionKind = "audio" | "packets";

export interface MediaThreadData {
  /** Names its sessions. */
  readonly thread: number;
  readonly options: EngineOptions;
  /** The pool's identity in ZRTP. */
  readonly zid: Uint8Array;
}

/** Pool → thread. */
export type MediaCommand =
  | { readonly type: "open"; readonly call: number; readonly kind: SessionKind; readonly options: SessionOptions }
  | {
      readonly type: "do";
      readonly call: number;
      readonly session: string;
      readonly operation: Operation;
      readonly args: readonly unknown[];
    }
  | { readonly type: "stats"; readonly call: number }
  /** What is remembered of a peer in ZRTP. */
  | { readonly type: "zrtpFound"; readonly lookup: number; readonly found: RetainedSecrets | undefined }
  | { readonly type: "close" };

/** Where a session is heard. */
export interface SessionAddresses {
  readonly local: MediaAddress;
  readonly localRtcp: MediaAddress;
}

export interface OpenedSession extends SessionAddresses {
  readonly id: string;
  readonly zrtpHash: string | undefined;
}

type EventsOf<M> = { [E in keyof M]: { readonly event: E; readonly args: M[E] } }[keyof M];
type EventReport = EventsOf<MediaEvents> | EventsOf<PacketEvents>;

const zrtpEvents = ["secured", "securityWarning", "zrtpFailed"] as const;

/** What is told of a session, by its kind. */
export const eventNames = {
  audio: ["digit", "ended", "timeout", "latched", "bye", "recordingFailed", ...zrtpEvents, "closed"],
  packets: ["keyFrameRequested", "timeout", "latched", "bye", ...zrtpEvents, "closed"],
} as const satisfies {
  readonly audio: readonly (keyof MediaEvents)[];
  readonly packets: readonly (keyof PacketEvents)[];
};

/** Thread → pool. */
export type MediaReport =
  | { readonly type: "ready" }
  | { readonly type: "done"; readonly call: number; readonly result: Answer; readonly at?: SessionAddresses }
  | { readonly type: "failed"; readonly call: number; readonly code: string | undefined; readonly message: string }
  | { readonly type: "zrtpLookup"; readonly lookup: number; readonly peer: string }
  | { readonly type: "zrtpChange"; readonly change: ZrtpCacheChange }
  | ({ readonly type: "event"; readonly session: string } & EventReport);

export type Answer = OpenedSession | EngineStats | AnyResult<AudioCalls> | AnyResult<PacketCalls>;
