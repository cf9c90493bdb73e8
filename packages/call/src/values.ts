/** The plain values of calls: states, ends, directions, digits, what is agreed, what is measured. */

import type { EndCause, ReasonValue } from "@trapezoid/sip/agent";

export type CallState =
  /** INVITE is out, or theirs is here and nothing has been said yet. */
  | "calling"
  /** It rings: 180, or another provisional response. */
  | "ringing"
  /** Answered. */
  | "active"
  /** We are taking leave. */
  | "ending"
  | "ended";

export interface CallEnd {
  /** What SIP says, or `media-timeout`: the other side sent nothing for too long; `media-failed`: no sockets, no keys, no secure media. */
  readonly cause: EndCause | "media-timeout" | "media-failed";
  readonly by: "local" | "remote";
  /** The deciding status; 0 where there is none. */
  readonly status: number;
  /** Its phrase. */
  readonly reason: string;
  /** RFC 3326. */
  readonly reasons: readonly ReasonValue[];
  /** From the answer to the end; 0 for a call that was never answered. */
  readonly durationMs: number;
  /** What happened, for people. */
  readonly text: string;
}

/** `0` to `9`, `*`, `#`, `A` to `D`, and `!` for a hook flash. */
export type Digit = string;

export interface ReceivedDigit {
  readonly digit: Digit;
  /** RFC 4733, heard in the sound, or INFO. */
  readonly by: DigitMethod;
}

export type DigitMethod = "event" | "tones" | "info";

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** What protects a stream: SDES (RFC 4568), DTLS-SRTP (RFC 5764), ZRTP (RFC 6189), or nothing. */
export type MediaSecurity = "none" | "sdes" | "dtls" | "zrtp";

export interface AgreedStream {
  readonly kind: "audio" | "video";
  /** As IANA registered it. */
  readonly codec: string;
  readonly clockRate: number;
  /** What we do. */
  readonly direction: Direction;
  /** The other side wants nothing from us now. */
  readonly heldByRemote: boolean;
  readonly security: MediaSecurity;
  /** Whether the other side takes digits as events (RFC 4733). */
  readonly takesDigitEvents: boolean;
}

/** What offer and answer agreed on; a stream that was refused or ended is left out. */
export interface AgreedMedia {
  readonly audio: AgreedStream | undefined;
  readonly video: AgreedStream | undefined;
}

export interface RecordOptions {
  /** `dual`: what we send left, what we hear right. Default `mono`: both together. */
  readonly channels?: "mono" | "dual";
  /** Hz. Default 8,000. Node only. */
  readonly sampleRate?: number;
  /** Ends the recording. */
  readonly signal?: AbortSignal;
  /** Ends the recording by itself. */
  readonly maxSeconds?: number;
}

export interface RecordResult {
  /** In Node: the file. */
  readonly path: string | undefined;
  /** In browsers. */
  readonly blob: Blob | undefined;
  readonly ms: number;
}

export interface Recording {
  /** Resolves with what was recorded once it is over, however it ended; rejects when it could not be written. */
  readonly finished: Promise<RecordResult>;
  stop(): Promise<RecordResult>;
}

/** What Web Audio's `AudioBuffer` is. */
export interface DecodedSound {
  /** Hz. */
  readonly sampleRate: number;
  /** Samples of a channel. */
  readonly length: number;
  readonly numberOfChannels: number;
  /** -1 to 1. */
  getChannelData(channel: number): Float32Array;
}

/** Sound to send. */
export type PlaySource =
  /** Node: the path of a WAV or Ogg Opus file. Browser: the URL of anything that the browser decodes. */
  | string
  | { readonly kind: "file"; readonly path: string; readonly loop?: boolean }
  | { readonly kind: "silence" }
  /** `amplitude` of 32,767. */
  | { readonly kind: "sine"; readonly hz: number; readonly amplitude?: number }
  /** Decoded samples: an `AudioBuffer`, or what looks like one. Browser only. */
  | { readonly kind: "sound"; readonly sound: DecodedSound; readonly loop?: boolean }
  /** A network's tone: `dial`, `busy`, `ringback` …; `country` by ISO 3166, default `us`. */
  | { readonly kind: "tone"; readonly tone: string; readonly country?: string }
  /** What is heard. */
  | { readonly kind: "echo" }
  /** Every other call that plays the same mix. Node only. */
  | { readonly kind: "mix"; readonly group: string; readonly sampleRate?: number };

/** Numbers of a call's sound. Milliseconds and packets. */
export interface CallStatistics {
  readonly codec: string | undefined;
  readonly security: MediaSecurity;
  /** `address:port` that media goes to. */
  readonly remote: string | undefined;
  readonly sent: { readonly packets: number; readonly octets: number };
  readonly received: {
    readonly packets: number;
    readonly octets: number;
    readonly lost: number;
    /** 0 to 1. */
    readonly lossShare: number;
    readonly jitterMs: number;
  };
  readonly roundTripMs: number | undefined;
  /** Mean opinion score, 1 to 4.5, of what we hear; `undefined` before anything was heard. */
  readonly mos: number | undefined;
  /** As the other side says. */
  readonly remoteMos: number | undefined;
}

/** A packet of video as it travels (RFC 3550); nobody decodes it. */
export interface VideoPacket {
  /** Encoding name of the agreed codec: `VP8`. */
  readonly codec?: string;
  readonly marker?: boolean;
  /** Which stream the numbers belong to. */
  readonly ssrc?: number;
  readonly sequence?: number;
  /** In units of the codec's clock, 32 bits. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

export interface CallVideo {
  /** What is received. A reader that falls behind loses the newest. */
  readonly readable: ReadableStream<VideoPacket>;
  /** What is sent, at once. A received packet may be written as it is. */
  readonly writable: WritableStream<VideoPacket>;
  /** Asks the other side for a picture that stands alone. False: it does not take such requests. */
  requestKeyFrame(): Promise<boolean>;
}
