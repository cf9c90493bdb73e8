/** What a media session is configured from: what offer and answer agreed on, as plain data that threads can be sent. */

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export interface MediaAddress {
  readonly address: string;
  readonly port: number;
}

export interface MediaCodec {
  readonly name: string;
  /** Hz of the timestamps. */
  readonly clockRate: number;
  readonly channels: number;
  readonly sendPayloadType: number;
  readonly receivePayloadType: number;
  /** a=fmtp of the other side: what it wants to get. */
  readonly sendParameters?: string | undefined;
  /** a=rtcp-fb that both announced, without the payload type: `nack pli`. */
  readonly feedback?: readonly string[];
}

export interface SdesKeys {
  /** As in RFC 4568: `AES_CM_128_HMAC_SHA1_80`. */
  readonly suite: string;
  /** Base64 of master key and salt. */
  readonly localKeySalt: string;
  readonly remoteKeySalt: string;
  readonly remoteMki?: { readonly value: string; readonly bytes: number };
}

/** RFC 6189. */
export interface ZrtpConfig {
  /** The other side's a=zrtp-hash: `1.10 <hash>`. */
  readonly remoteHash?: string | undefined;
  /** Media in clear is neither sent nor heard. Default false: media is in clear until keys are agreed on. */
  readonly required?: boolean;
}

export interface StreamConfig {
  /** What we do. */
  readonly direction: Direction;
  readonly remote: MediaAddress;
  /** Default: the same address, the port above; the RTP port where both share it. */
  readonly remoteRtcp?: MediaAddress;
  readonly rtcpMux: boolean;
  /** The first is what we send; all are understood. */
  readonly codecs: readonly MediaCodec[];
  /** telephone-event and CN. */
  readonly companions?: readonly MediaCodec[];
  /** Milliseconds of a packet. Default 20. */
  readonly ptime?: number | undefined;
  readonly sdes?: SdesKeys | undefined;
  /** In pauses comfort noise is sent in place of packets, where it was agreed on. Opus has ways of its own. Default false. */
  readonly silenceSuppression?: boolean;
  /** For sessions that were opened with ZRTP; without meaning where there are keys of SDES. */
  readonly zrtp?: ZrtpConfig | undefined;
}

export interface StreamLimits {
  /** How long after a configuration another source than the announced one may be learned. Default 10,000. */
  readonly latchWindowMs?: number;
  /** `timeout` is told after so long without media and reports while we receive. 0: never. Default 30,000. */
  readonly mediaTimeoutMs?: number;
  /** Bounds of the jitter buffer. Default 20 and 200. */
  readonly jitterMinMs?: number;
  readonly jitterMaxMs?: number;
}

export const defaultLimits: Required<StreamLimits> = {
  latchWindowMs: 10_000,
  mediaTimeoutMs: 30_000,
  jitterMinMs: 20,
  jitterMaxMs: 200,
};

export function sends(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

export function receives(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}
