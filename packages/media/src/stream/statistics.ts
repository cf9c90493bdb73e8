/** What is known of a stream, as plain data. */

import type { MediaAddress } from "../config.ts";

/** What the other side said about what we send. */
export interface ReportedFigures {
  readonly lost: number;
  /** Of the last interval, 0 to 1. */
  readonly fractionLost: number;
  readonly jitterMs: number;
  readonly mos: number | undefined;
}

/** Packets that were not used, by reason. */
export interface RefusedPackets {
  readonly malformed: number;
  readonly unknownPayload: number;
  readonly foreign: number;
  readonly otherSource: number;
  readonly unauthentic: number;
  readonly replayed: number;
  readonly malformedRtcp: number;
  readonly notRtp: number;
}

/** What protects packets in both directions. */
export interface ProtectionFigures {
  readonly by: "none" | "sdes" | "zrtp";
  /** As in RFC 4568. */
  readonly suite: string | undefined;
}

export interface StreamStats {
  readonly codec: string | undefined;
  readonly remote: MediaAddress | undefined;
  readonly sent: { readonly packets: number; readonly octets: number };
  readonly received: {
    readonly packets: number;
    readonly octets: number;
    /** Of all sources and codecs, as the others here: what never came. */
    readonly lost: number;
    /** Came more than once; each counts. */
    readonly duplicate: number;
    /** Came after their turn. */
    readonly late: number;
    /** Left out to shorten the delay. */
    readonly dropped: number;
    readonly concealed: number;
    readonly jitterMs: number;
    /** Share of packets, 0 to 1. */
    readonly lossShare: number;
    readonly burstRatio: number;
  };
  readonly buffer: { readonly targetMs: number; readonly delayMs: number };
  /** What the other side reported; `undefined` before its first report. */
  readonly reported: ReportedFigures | undefined;
  readonly roundTripMs: number | undefined;
  readonly refused: RefusedPackets;
  readonly protection: ProtectionFigures;
  readonly quality: { readonly rFactor: number; readonly mos: number };
}
