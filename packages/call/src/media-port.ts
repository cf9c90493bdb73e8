/** What a call asks of the media of its platform: sockets and codecs in Node, RTCPeerConnection in browsers. */

import type { Emitter } from "@trapezoid/base";
import type { ZrtpSecurity } from "@trapezoid/rtp";
import type {
  AgreedMedia,
  CallStatistics,
  CallVideo,
  Digit,
  Direction,
  PlaySource,
  Recording,
  RecordOptions,
} from "./values.ts";

/** What we would like; offer and answer make of it what the other side allows. */
export interface WantedMedia {
  readonly audio: Direction;
  /** `undefined`: no video. */
  readonly video: Direction | undefined;
}

/** Why a description cannot be used; `status` is what SIP says: 488, or 500 for a fault of ours. */
export interface MediaRefusal {
  readonly status: number;
  readonly reason: string;
  /** The code of Warning (RFC 3261 §20.43). Default 399. */
  readonly warning?: number;
}

/** A dialog of the call, by its remote tag; `undefined`: the INVITE, which several dialogs may answer. */
export type LegName = string | undefined;

export type CallMediaEvents = {
  digit: readonly [digit: Digit, by: "event" | "tones"];
  /** The way between both sides broke; the next offer finds another. Browser only. */
  interrupted: readonly [why: string];
  /** Nothing comes any more. */
  timeout: readonly [];
  /** It cannot go on. */
  failed: readonly [error: Error];
  /** Something else is agreed, or the protection of a stream has changed. */
  changed: readonly [agreed: AgreedMedia];
  /** The key exchange in the media path is done (ZRTP): what both people read to each other. Again when something about it has changed. */
  secured: readonly [sas: string, verified: boolean];
  /** A warning for people: a key exchange failed, a known peer has other keys. */
  warning: readonly [text: string];
};

export interface CallMedia {
  readonly events: Emitter<CallMediaEvents>;
  readonly agreed: AgreedMedia | undefined;
  /** A session description of ours, to offer. Rejects when there is nothing to offer: no port, no microphone. */
  offer(leg: LegName, wanted: WantedMedia): Promise<string>;
  /** The other side's offer → our answer. */
  answer(leg: LegName, offer: string, wanted: WantedMedia): Promise<string | MediaRefusal>;
  /** The other side's answer to our offer. A preview comes once more, perhaps changed. */
  accept(leg: LegName, answer: string, isPreview: boolean): MediaRefusal | undefined;
  /** The offer that is open on this leg, whoever made it, came to nothing. */
  rollBack(leg: LegName): void;
  /** This leg was answered: what it agreed to is in force. */
  select(leg: LegName): void;
  /** This leg came to nothing. */
  drop(leg: LegName): void;
  /** Resolves when what is agreed is in force; never rejects. */
  settled(): Promise<void>;

  /** Sends sound; resolves at its end, which an endless one reaches by `signal` or the next `play` alone. */
  play(source: PlaySource, signal?: AbortSignal): Promise<"ended" | "stopped">;
  /** `tones`: in the sound, even where events are taken. Resolves when they are sent. */
  dial(digits: string, options: { readonly toneMs?: number; readonly tones?: boolean }): Promise<void>;
  mute(muted: boolean): Promise<void>;
  record(path: string | undefined, options: RecordOptions): Promise<Recording>;
  /** Frames of 20 ms, mono. */
  audio(options: AudioOptions): Promise<CallAudio>;
  /** Rejects when there is no video. */
  video(): Promise<CallVideo>;
  /** ZRTP's keys of the sound; `undefined` where there are none, and always in browsers. */
  readonly security: ZrtpSecurity | undefined;
  /** The people have compared the string; false: it was another. */
  verifySas(matches: boolean): Promise<void>;
  statistics(): Promise<CallStatistics>;
  /** Never rejects. */
  close(): Promise<void>;
}

export interface AudioOptions {
  /** Hz. Default 16,000. */
  readonly sampleRate?: number;
  /** Default 200. */
  readonly bufferMs?: number;
  /** What is played goes on; `writable` is of no use. */
  readonly listenOnly?: boolean;
}

export interface CallAudio {
  /** What is heard. A reader that falls behind loses the newest. */
  readonly readable: ReadableStream<Int16Array>;
  /** What is sent; chunks of any length. */
  readonly writable: WritableStream<Int16Array>;
  /** Leaves out what was written and has not been sent: the other side began to speak. */
  flush(): Promise<void>;
}

export interface MediaPort {
  /** Media of one call; opens nothing until a description is asked for. `towards`: a host that the other side may be at. */
  open(options: OpenMediaOptions): CallMedia;
}

export interface OpenMediaOptions {
  readonly towards: string | undefined;
  readonly profile: MediaProfile;
}

/** What a call may use; a call's own wishes go before the user agent's. */
export interface MediaProfile {
  /** Names in the order of preference: `opus`, `G722`, `PCMA`, `PCMU`, `L16`. Node; browsers choose from what they have. */
  readonly codecs?: readonly string[];
  /** Whether digits are agreed on as events (RFC 4733). Default true; false: they go and come in the sound. Node. */
  readonly digitEvents?: boolean;
  /** `H264`, `VP8` and others in the order of preference, where a call has video. Node; browsers choose from what they have. */
  readonly videoCodecs?: readonly string[];
  /**
   * SDES keys: `off`; `offer`: in an offer without demanding it (RTP/AVP with a=crypto), taken where they are offered; `required`:
   * nothing else is. Default `offer`. Browsers always use DTLS-SRTP.
   */
  readonly srtp?: "off" | "offer" | "required";
  /**
   * Suites of SDES by their names (`AES_CM_128_HMAC_SHA1_80`, `AEAD_AES_256_GCM` …), in the order of preference: what is offered, and alone
   * taken. Default: the first of RFC 4568 is offered, five where `srtp` is `required`, and every one that there is is taken. Node.
   */
  readonly srtpSuites?: readonly string[];
  /**
   * RFC 6189, keys agreed on by the two ends themselves: media is in clear until they are; `required`: nothing is in clear, and a call that
   * comes to no keys is ended. SDES is then offered only where `srtp` asks for it, and taken from those alone who do not speak ZRTP.
   * Default false. Node.
   */
  readonly zrtp?: boolean | "required";
}
