/** RTCP packets as values. RFC 3550 §6, RFC 3611, RFC 4585, RFC 5104. */

/** RFC 3550 §6.4.1: what one receiver says about one source. */
export interface ReceptionReport {
  /** The source reported on. */
  readonly ssrc: number;
  /** Lost since the last report, in 1/256. */
  readonly fractionLost: number;
  /** Since the beginning; 24 bits, below zero when duplicates outnumber losses. */
  readonly cumulativeLost: number;
  /** Cycles in the upper 16 bits, sequence number in the lower. */
  readonly highestSequence: number;
  /** Units of the timestamp. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0 for none. */
  readonly lastSenderReport: number;
  /** 1/65,536 s since that report came. */
  readonly delaySinceLast: number;
}

export interface SenderInfo {
  /** Seconds since 1900, and 1/2^32 s. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

export interface SenderReport {
  readonly type: "sr";
  readonly ssrc: number;
  readonly sender: SenderInfo;
  readonly reports: readonly ReceptionReport[];
}

export interface ReceiverReport {
  readonly type: "rr";
  readonly ssrc: number;
  readonly reports: readonly ReceptionReport[];
}

/** RFC 3550 §6.5. */
export interface SourceDescription {
  readonly type: "sdes";
  readonly chunks: readonly {
    readonly ssrc: number;
    /** Item type (1 CNAME, 2 NAME, 6 TOOL, …) and text. */
    readonly items: readonly { readonly type: number; readonly text: string }[];
  }[];
}

export interface Bye {
  readonly type: "bye";
  readonly ssrcs: readonly number[];
  readonly reason?: string;
}

export interface ApplicationPacket {
  readonly type: "app";
  readonly subtype: number;
  readonly ssrc: number;
  /** Four characters. */
  readonly name: string;
  readonly data: Uint8Array;
}

/** RFC 3611 §4.7: 0x7f means that a value is not known. */
export interface VoipMetrics {
  readonly ssrc: number;
  /** 1/256. */
  readonly lossRate: number;
  readonly discardRate: number;
  readonly burstDensity: number;
  readonly gapDensity: number;
  /** Milliseconds. */
  readonly burstDurationMs: number;
  readonly gapDurationMs: number;
  readonly roundTripMs: number;
  readonly endSystemDelayMs: number;
  /** dBm0, signed. */
  readonly signalLevel: number;
  readonly noiseLevel: number;
  /** dB. */
  readonly residualEchoReturnLoss: number;
  /** Packets. */
  readonly minimumGap: number;
  /** 0 to 100. */
  readonly rFactor: number;
  readonly externalRFactor: number;
  /** Ten times the mean opinion score. */
  readonly mosListening10: number;
  readonly mosConversational10: number;
  /** §4.7.6, as written. */
  readonly receiverConfiguration: number;
  readonly jitterBufferNominalMs: number;
  readonly jitterBufferMaximumMs: number;
  readonly jitterBufferAbsoluteMaximumMs: number;
}

export interface ExtendedReport {
  readonly type: "xr";
  readonly ssrc: number;
  readonly voipMetrics: readonly VoipMetrics[];
  /** Receiver reference time (§4.4), for round trips of receivers that do not send. */
  readonly referenceTime?: { readonly ntpSeconds: number; readonly ntpFraction: number };
  /** §4.5. */
  readonly dlrr: readonly { readonly ssrc: number; readonly lastReceiverReport: number; readonly delay: number }[];
  /** Blocks of other types, whole. */
  readonly others: readonly { readonly blockType: number; readonly data: Uint8Array }[];
}

/** RFC 4585 §6.1: transport-layer (205) and payload-specific (206) feedback. */
export interface Feedback {
  readonly type: "rtpfb" | "psfb";
  /** FMT: 1 of rtpfb is NACK, 1 of psfb is PLI, 4 FIR, 15 REMB, … */
  readonly format: number;
  readonly ssrc: number;
  readonly mediaSsrc: number;
  /** Feedback control information, as written. */
  readonly data: Uint8Array;
}

export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Bye
  | ApplicationPacket
  | ExtendedReport
  | Feedback
  | { readonly type: "unknown"; readonly packetType: number; readonly count: number; readonly data: Uint8Array };

export const rtcpTypes = { sr: 200, rr: 201, sdes: 202, bye: 203, app: 204, rtpfb: 205, psfb: 206, xr: 207 } as const;
export const cnameItem = 1;
