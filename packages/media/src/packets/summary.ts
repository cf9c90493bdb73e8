/** A packet stream's figures put together. */

import type { SrtpReceiverCounters } from "@trapezoid/rtp";
import type { MediaCodec } from "../config.ts";
import type { PacketStats } from "../packet-session.ts";
import type { Protection } from "../stream/keys.ts";
import type { PacketGate } from "../stream/packet-gate.ts";
import type { RtcpSession } from "../stream/rtcp-session.ts";
import { protectionFigures, refusedPackets, reportedFigures } from "../stream/summary.ts";
import type { KeyFrameCounters } from "./key-frame-requests.ts";
import type { RawSender } from "./raw-sender.ts";

export interface PacketSummaryParts {
  readonly codec: MediaCodec | undefined;
  readonly sender: RawSender;
  readonly gate: PacketGate | undefined;
  readonly srtp: SrtpReceiverCounters | undefined;
  readonly rtcp: RtcpSession;
  readonly keyFrames: KeyFrameCounters;
  readonly notRtp: number;
  readonly protection: Protection | undefined;
  readonly overrun: number;
  /** Hz, of what we send. */
  readonly clockRate: number;
}

export function summarizePackets(parts: PacketSummaryParts): PacketStats {
  const { codec, sender, gate, srtp, rtcp, keyFrames, notRtp, protection, overrun, clockRate } = parts;
  const { expected, lost, duplicate } = gate?.totals ?? { expected: 0, lost: 0, duplicate: 0 };
  const reported = reportedFigures(rtcp, clockRate);
  return {
    codec: codec?.name,
    remote: gate?.latch.current,
    sent: { ...sender.counters },
    received: {
      packets: gate?.counters.packets ?? 0,
      octets: gate?.counters.octets ?? 0,
      lost,
      duplicate,
      overrun,
      jitterMs: gate?.reception?.jitterMs ?? 0,
      lossShare: expected === 0 ? 0 : lost / expected,
    },
    keyFrames: { ...keyFrames },
    reported: reported && {
      lost: reported.lost,
      fractionLost: reported.fractionLost,
      jitterMs: reported.jitterMs,
    },
    roundTripMs: rtcp.roundTripMs,
    refused: refusedPackets(gate?.counters, srtp, rtcp, notRtp),
    protection: protectionFigures(protection),
  };
}
