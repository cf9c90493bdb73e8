/** A stream's figures put together: statistics, quality, and the metrics of RFC 3611 §4.7. */

import { estimateQuality, type SrtpReceiverCounters, type VoipMetrics } from "@trapezoid/rtp";
import { frameMs } from "../frame.ts";
import type { Protection } from "./keys.ts";
import { type LossRunMeter, type LossRuns, minimumGap } from "./loss-runs.ts";
import type { GateCounters } from "./packet-gate.ts";
import type { PacketReceiver } from "./receiver.ts";
import type { RtcpSession } from "./rtcp-session.ts";
import type { PacketSender, SenderSettings } from "./sender.ts";
import type { ProtectionFigures, RefusedPackets, ReportedFigures, StreamStats } from "./statistics.ts";

/** RFC 3611 §4.7: not known. */
const unknown = 127;

export interface SummaryParts {
  readonly sender: PacketSender | undefined;
  readonly receiver: PacketReceiver | undefined;
  readonly srtp: SrtpReceiverCounters | undefined;
  readonly rtcp: RtcpSession;
  readonly runs: LossRunMeter;
  readonly notRtp: number;
  readonly protection: Protection | undefined;
  readonly settings: SenderSettings | undefined;
}

export function summarize(parts: SummaryParts): StreamStats {
  const { sender, receiver, srtp, rtcp, runs, notRtp, protection, settings } = parts;
  const counters = receiver?.gate.counters;
  const reception = receiver?.gate.reception;
  const playout = receiver?.playout;
  const { expected, lost, duplicate } = receiver?.gate.totals ?? { expected: 0, lost: 0, duplicate: 0 };
  const { late, dropped, concealed } = receiver?.totals ?? { late: 0, dropped: 0, concealed: 0 };
  const lossShare = expected === 0 ? 0 : Math.min(1, (lost + late) / expected);
  const { burstRatio } = runs.summary();
  const codec = receiver?.codec?.name ?? settings?.codec.name;
  const clockRate = settings?.codec.clockRate ?? 8_000;
  const delayMs = (rtcp.roundTripMs ?? 0) / 2 + (playout?.delayMs ?? 0) + frameMs;
  const quality = estimateQuality({ delayMs, loss: lossShare, burstRatio, codec: codec ?? "pcmu" });
  return {
    codec,
    remote: receiver?.gate.latch.current,
    sent: { packets: sender?.stats.packets ?? 0, octets: sender?.stats.octets ?? 0 },
    received: {
      packets: counters?.packets ?? 0,
      octets: counters?.octets ?? 0,
      lost,
      duplicate,
      late,
      dropped,
      concealed,
      jitterMs: reception?.jitterMs ?? 0,
      lossShare,
      burstRatio,
    },
    buffer: { targetMs: playout?.buffer.targetMs ?? 0, delayMs: playout?.delayMs ?? 0 },
    reported: reportedFigures(rtcp, clockRate),
    roundTripMs: rtcp.roundTripMs,
    refused: refusedPackets(counters, srtp, rtcp, notRtp),
    protection: protectionFigures(protection),
    quality,
  };
}

/** `clockRate` in Hz, of what we send. */
export function reportedFigures(
  { reported, reportedMetrics }: RtcpSession,
  clockRate: number,
): ReportedFigures | undefined {
  if (reported === undefined) return undefined;
  return {
    lost: reported.cumulativeLost,
    fractionLost: reported.fractionLost / 256,
    jitterMs: (reported.jitter * 1_000) / clockRate,
    mos: mosOfMetrics(reportedMetrics),
  };
}

export function protectionFigures(protection: Protection | undefined): ProtectionFigures {
  return { by: protection?.by ?? "none", suite: protection?.suite };
}

export function refusedPackets(
  counters: GateCounters | undefined,
  srtp: SrtpReceiverCounters | undefined,
  rtcp: RtcpSession,
  notRtp: number,
): RefusedPackets {
  return {
    malformed: (counters?.malformed ?? 0) + (srtp?.malformed ?? 0),
    unknownPayload: counters?.unknownPayload ?? 0,
    foreign: counters?.foreign ?? 0,
    otherSource: counters?.otherSource ?? 0,
    unauthentic: srtp?.unauthentic ?? 0,
    replayed: srtp?.replayed ?? 0,
    malformedRtcp: rtcp.malformed,
    notRtp,
  };
}

function mosOfMetrics(metrics: VoipMetrics | undefined): number | undefined {
  return metrics === undefined || metrics.mosListening10 === unknown ? undefined : metrics.mosListening10 / 10;
}

export function voipMetrics(stats: StreamStats, ssrc: number, runs: LossRuns): VoipMetrics {
  const { received, buffer, quality, roundTripMs } = stats;
  const total = Math.max(1, received.packets + received.lost);
  const share = (part: number): number => Math.min(255, Math.floor((part * 256) / total));
  const word = (value: number): number => Math.min(0xffff, Math.round(value));
  return {
    ssrc,
    lossRate: share(received.lost),
    discardRate: share(received.late + received.dropped),
    burstDensity: Math.min(255, Math.floor(runs.burstDensity * 256)),
    gapDensity: Math.min(255, Math.floor(runs.gapDensity * 256)),
    burstDurationMs: word(runs.burstPackets * frameMs),
    gapDurationMs: word(runs.gapPackets * frameMs),
    roundTripMs: word(roundTripMs ?? 0),
    endSystemDelayMs: word(buffer.delayMs + frameMs),
    signalLevel: unknown,
    noiseLevel: unknown,
    residualEchoReturnLoss: unknown,
    minimumGap,
    rFactor: Math.round(quality.rFactor),
    externalRFactor: unknown,
    mosListening10: Math.round(quality.mos * 10),
    mosConversational10: Math.round(quality.mos * 10),
    // §4.7.6: enhanced concealment, adaptive buffer.
    receiverConfiguration: 0b1011_0000,
    jitterBufferNominalMs: word(buffer.targetMs),
    jitterBufferMaximumMs: word(buffer.delayMs),
    jitterBufferAbsoluteMaximumMs: word(buffer.targetMs),
  };
}
