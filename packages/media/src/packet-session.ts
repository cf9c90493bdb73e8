/** A stream whose packets nobody decodes here: video that is passed on, kept, or made by an application. */

import type { Emitter } from "@trapezoid/base";
import type { ZrtpSecurity, ZrtpWarning } from "@trapezoid/rtp";
import type { MediaAddress, StreamConfig } from "./config.ts";
import type { ProtectionFigures, RefusedPackets, ReportedFigures } from "./stream/statistics.ts";

export interface MediaPacket {
  /** Encoding name of the agreed codec: `VP8`. */
  readonly codec: string;
  /** As received. */
  readonly payloadType: number;
  readonly marker: boolean;
  readonly ssrc: number;
  /** 0 to 65,535. Packets are given out as they come: gaps are losses, smaller numbers are late packets. */
  readonly sequence: number;
  /** In units of the codec's clock, 32 bits. */
  readonly timestamp: number;
  /** Without header, extension and padding. */
  readonly payload: Uint8Array;
}

/** A received packet may be written as it is: SSRC, numbers and payload type become this session's, gaps and order stay. */
export interface OutgoingPacket {
  /** Default: the first that was agreed on. */
  readonly codec?: string;
  /** Default false. */
  readonly marker?: boolean;
  /** Which stream the numbers belong to: with another one they go on without a gap. */
  readonly ssrc?: number;
  /** Default: one more than the highest so far. */
  readonly sequence?: number;
  readonly timestamp: number;
  /** At most 1,900 octets. */
  readonly payload: Uint8Array;
}

export interface PacketPipe {
  /** What is received. A reader that falls behind by `bufferPackets` loses the newest. */
  readonly readable: ReadableStream<MediaPacket>;
  /** What is sent, at once; left out while nothing may be sent. */
  readonly writable: WritableStream<OutgoingPacket>;
}

export interface PacketPipeOptions {
  /** Default 500. */
  readonly bufferPackets?: number;
  /** Only `readable` is of use: what is sent goes on. */
  readonly listenOnly?: boolean;
}

export type PacketEvents = {
  /** The other side needs a picture that stands alone (PLI, FIR). In echo mode it has been passed on. */
  keyFrameRequested: readonly [];
  /** No packet for as long as the limit says. */
  timeout: readonly [];
  /** Media comes from there now. */
  latched: readonly [remote: MediaAddress];
  bye: readonly [reason: string | undefined];
  /** ZRTP: as of `MediaEvents`. */
  secured: readonly [security: ZrtpSecurity];
  securityWarning: readonly [warning: ZrtpWarning, text: string];
  zrtpFailed: readonly [why: string];
  /** The last event. `why` unless it was asked for: the thread ended. */
  closed: readonly [why: string | undefined];
};

export interface PacketSession extends AsyncDisposable {
  readonly id: string;
  readonly local: MediaAddress;
  readonly localRtcp: MediaAddress;
  /** As of `MediaSession`. */
  readonly zrtpHash: string | undefined;
  readonly events: Emitter<PacketEvents>;
  /** As of `MediaSession`. */
  move(address: string | undefined): Promise<void>;
  /** What was negotiated, at first and again later; codecs of any name, `ptime` without meaning. Rejects with `MEDIA_BAD_KEY`. */
  configure(config: StreamConfig): Promise<void>;
  /** Whether what comes is sent back. On: in place of a pipe, which ends. */
  echo(on: boolean): Promise<void>;
  /** Packets for an application; what it writes is what is sent, in place of an echo and of the pipe before. */
  packets(options?: PacketPipeOptions): Promise<PacketPipe>;
  /**
   * Asks the other side for a picture that stands alone, by PLI or FIR as agreed; requests in short order are put together.
   * False: neither was agreed on, or nothing has been received yet.
   */
  requestKeyFrame(): Promise<boolean>;
  stats(): Promise<PacketStats>;
  /** Never rejects. */
  close(): Promise<void>;
}

export interface PacketStats {
  /** Received last. */
  readonly codec: string | undefined;
  readonly remote: MediaAddress | undefined;
  readonly sent: {
    readonly packets: number;
    /** Payload alone. */
    readonly octets: number;
    /** Not sent: on hold, a number sent before, too long. */
    readonly leftOut: number;
  };
  readonly received: {
    readonly packets: number;
    readonly octets: number;
    readonly lost: number;
    /** Given out all the same: they have the number of another. */
    readonly duplicate: number;
    /** Not given to a reader, for it was too slow. */
    readonly overrun: number;
    readonly jitterMs: number;
    /** Share of packets, 0 to 1. */
    readonly lossShare: number;
  };
  /** Requests for pictures that stand alone. */
  readonly keyFrames: { readonly asked: number; readonly wanted: number };
  /** What the other side reported; `undefined` before its first report. */
  readonly reported: Omit<ReportedFigures, "mos"> | undefined;
  readonly roundTripMs: number | undefined;
  readonly refused: RefusedPackets;
  readonly protection: ProtectionFigures;
}
