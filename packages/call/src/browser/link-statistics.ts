/** A connection's numbers out of the browser's report. Identifiers for WebRTC's Statistics API. */

import { estimateQuality } from "@trapezoid/rtp";
import type { CallStatistics } from "../values.ts";

/** The members that we read, of whichever kind of statistics. */
interface Entry {
  readonly id: string;
  readonly type: string;
  readonly kind?: string;
  readonly codecId?: string;
  readonly mimeType?: string;
  readonly packetsSent?: number;
  readonly bytesSent?: number;
  readonly packetsReceived?: number;
  readonly bytesReceived?: number;
  readonly packetsLost?: number;
  /** Seconds. */
  readonly jitter?: number;
  readonly jitterBufferDelay?: number;
  readonly jitterBufferEmittedCount?: number;
  readonly roundTripTime?: number;
  readonly currentRoundTripTime?: number;
  readonly fractionLost?: number;
  readonly selectedCandidatePairId?: string;
  readonly nominated?: boolean;
  readonly state?: string;
  readonly remoteCandidateId?: string;
  readonly address?: string;
  readonly port?: number;
}

/** Of sound alone: packets and octets of video are left out. */
export function readStatistics(report: RTCStatsReport): CallStatistics {
  const entries = [...(report as unknown as ReadonlyMap<string, Entry>).values()];
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const sound = (type: string): Entry | undefined =>
    entries.find((entry) => entry.type === type && entry.kind === "audio");
  const [inbound, outbound, remoteInbound] = [sound("inbound-rtp"), sound("outbound-rtp"), sound("remote-inbound-rtp")];
  const pair = selectedPair(entries, byId);
  const peer = byId.get(pair?.remoteCandidateId ?? "");
  const codec = codecName(byId.get(inbound?.codecId ?? outbound?.codecId ?? ""));
  const roundTripMs = milliseconds(remoteInbound?.roundTripTime ?? pair?.currentRoundTripTime);
  const received = inbound?.packetsReceived ?? 0;
  // RFC 3550 §6.4.1: duplicates can make it negative.
  const lost = Math.max(0, inbound?.packetsLost ?? 0);
  const lossShare = received + lost === 0 ? 0 : lost / (received + lost);
  const buffered = (inbound?.jitterBufferDelay ?? 0) / Math.max(1, inbound?.jitterBufferEmittedCount ?? 0);
  const oneWayMs = (roundTripMs ?? 0) / 2;
  return {
    codec,
    security: "dtls",
    remote:
      peer?.address === undefined || peer.port === undefined ? undefined : formatEndpoint(peer.address, peer.port),
    sent: { packets: outbound?.packetsSent ?? 0, octets: outbound?.bytesSent ?? 0 },
    received: {
      packets: received,
      octets: inbound?.bytesReceived ?? 0,
      lost,
      lossShare,
      jitterMs: milliseconds(inbound?.jitter) ?? 0,
    },
    roundTripMs,
    mos:
      received === 0 || codec === undefined
        ? undefined
        : estimateQuality({ codec, loss: lossShare, delayMs: oneWayMs + buffered * 1_000 }).mos,
    remoteMos:
      remoteInbound?.fractionLost === undefined || codec === undefined
        ? undefined
        : estimateQuality({
            codec,
            loss: remoteInbound.fractionLost,
            // How long the other side buffers is not told: twice its jitter is usual.
            delayMs: oneWayMs + 2 * (milliseconds(remoteInbound.jitter) ?? 0),
          }).mos,
  };
}

/** How much sound has come: what the watch of a call looks at. */
export function packetsHeard(report: RTCStatsReport): number {
  let packets = 0;
  for (const entry of (report as unknown as ReadonlyMap<string, Entry>).values()) {
    if (entry.type === "inbound-rtp" && entry.kind === "audio") packets += entry.packetsReceived ?? 0;
  }
  return packets;
}

function selectedPair(entries: readonly Entry[], byId: ReadonlyMap<string, Entry>): Entry | undefined {
  const selected = entries.find(({ type }) => type === "transport")?.selectedCandidatePairId;
  if (selected !== undefined) return byId.get(selected);
  // Firefox names none.
  return entries.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
}

function codecName(codec: Entry | undefined): string | undefined {
  return codec?.mimeType?.replace(/^audio\//i, "");
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}

function formatEndpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
