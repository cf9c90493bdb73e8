/** What we are able and willing to do with a stream: the typed input of offers and answers. */

import type { Direction } from "./direction.ts";
import type { Fingerprint, Setup } from "./dtls-attributes.ts";
import type { IceCandidate } from "./ice-attributes.ts";

export interface CodecSettings {
  /** As IANA registered it: `PCMU`, `opus`, `telephone-event`. */
  readonly name: string;
  /** Hz of the RTP timestamp. */
  readonly clockRate: number;
  /** Default 1. */
  readonly channels?: number;
  /** Asked for in our offers; by default the static number, else the next free one from 96 on. */
  readonly payloadType?: number;
  /** a=fmtp of ours: what we want to receive. */
  readonly parameters?: string;
  /** a=rtcp-fb values: `nack pli`. */
  readonly feedback?: readonly string[];
}

export interface SdesSettings {
  /** In the order of preference; each with a fresh key. */
  readonly keys: readonly { readonly suite: string /** Base64. */; readonly keySalt: string }[];
}

export interface DtlsSettings {
  readonly fingerprints: readonly Fingerprint[];
  /** In an answer to `actpass`; default `active` (RFC 5763 §5 recommends it). Offers say `actpass`. */
  readonly setup?: Exclude<Setup, "holdconn" | "actpass">;
  /** RFC 8842 §5.2. */
  readonly tlsId?: string;
}

export interface SecuritySettings {
  /** Plain RTP is refused, and not offered. */
  readonly required: boolean;
  readonly sdes?: SdesSettings;
  readonly dtls?: DtlsSettings;
}

export interface IceSettings {
  readonly ufrag: string;
  readonly password: string;
  readonly lite?: boolean;
  readonly options?: readonly string[];
  readonly candidates: readonly IceCandidate[];
  readonly endOfCandidates?: boolean;
}

export interface StreamSettings {
  /** `audio`, `video`. */
  readonly kind: string;
  readonly mid?: string;
  /** In the order of preference, telephone-event and CN among them. */
  readonly codecs: readonly CodecSettings[];
  /** What we want; an answer gives what the offer allows of it. */
  readonly direction: Direction;
  /** Where we receive. */
  readonly address: string;
  /** Of RTP. */
  readonly port: number;
  /** Of RTCP, when it is neither `port + 1` nor multiplexed. */
  readonly rtcpPort?: number;
  /** RTP and RTCP on one port (RFC 5761). Default true. */
  readonly rtcpMux?: boolean;
  /** Milliseconds of a packet that we would like to receive. */
  readonly ptime?: number;
  readonly maxptime?: number;
  /** AVPF or SAVPF. */
  readonly feedback?: boolean;
  readonly security?: SecuritySettings;
  readonly ice?: IceSettings;
  /** URIs of RTP header extensions. */
  readonly extensions?: readonly string[];
  /** RFC 6189 §8.1: `1.10 <hash>`. */
  readonly zrtpHash?: string;
  /** Kilobits per second, b=AS. */
  readonly bandwidth?: number;
  /** More a= lines, without `a=`. */
  readonly attributes?: readonly string[];
}

/** A place in the description: a stream, or a refusal. */
export type StreamChoice = StreamSettings | undefined;
